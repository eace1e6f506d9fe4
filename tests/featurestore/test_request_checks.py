"""What requests check alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import InvalidRequest
from featurestore.request_checks import check_one_of, check_since, check_version, only_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "parts"),
    [("platform=mobile", ("platform", "mobile")), ("a=b=c", ("a", "b=c")), ("a=", ("a", "")), (None, None)],
)
def test_rows_are_chosen_by_a_field_and_the_text_of_its_value(
    text: str | None, parts: tuple[str, str] | None
) -> None:
    assert only_of(text) == parts


@pytest.mark.parametrize("text", ["", "mobile", "=mobile"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="field=value, such as platform=mobile"):
        only_of(text)


@pytest.mark.parametrize(
    ("check", "field"),
    [
        (lambda: check_version(0), "version"),
        (lambda: check_since(timedelta(days=-1)), "since"),
        (lambda: check_one_of("score", as_of="now", tables="a@1"), "score"),
    ],
)
def test_a_value_that_cannot_be_is_named_by_its_field(check: Callable[[], None], field: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        check()

    assert raised.value.subject == field


def test_what_is_absent_is_right() -> None:
    check_version(None)
    check_since(None)
    check_one_of("score", as_of=None, tables="a@1")
