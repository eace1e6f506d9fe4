"""The page of errors: made from the classes, complete, and in step with the exit codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from featurestore import errors
from featurestore.errors import FeatureStoreError, Retryable, UnknownDefinition
from featurestore.errors_page import attributes_of, concrete_errors, errors_page, is_concrete, main
from featurestore.failures import INTERRUPTED
from tests.helpers.next_moves import VERBS

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
CONCRETE = pytest.mark.parametrize("kind", concrete_errors(), ids=lambda kind: kind.__name__)


def entry(kind: type[FeatureStoreError]) -> str:
    """What the page says of one error."""
    return errors_page().partition(f"### {kind.__name__}\n")[2].partition("\n#")[0]


def codes(page: str) -> Sequence[str]:
    """The rows of the table of exit codes."""
    return re.findall(r"^\| \d+ \|.*$", page, re.MULTILINE)


def test_the_published_page_is_that_of_the_code(tmp_path: Path) -> None:
    main(str(tmp_path))

    assert (tmp_path / "errors.md").read_text() == (ROOT / "docs/errors.md").read_text(), "run `make docs`"


@CONCRETE
def test_every_error_has_a_cause_and_a_next_move_of_its_own(kind: type[FeatureStoreError]) -> None:
    assert vars(kind)["cause"].endswith(".")
    assert vars(kind)["next_move"].endswith(".")
    assert kind.next_move.split()[0] in VERBS


@CONCRETE
def test_every_error_is_told_with_all_that_it_carries(kind: type[FeatureStoreError]) -> None:
    told = " ".join(entry(kind).split())

    assert kind.cause in told
    assert kind.next_move in told
    assert f"**Exit code:** {kind.exit_code}; " in told
    assert ("may pass" in told) == issubclass(kind, Retryable)
    assert all(f"`{name}` (" in told for name in attributes_of(kind))


def test_a_branch_is_a_section_and_no_error() -> None:
    page = errors_page()
    branches = [name for name in errors.__all__ if f"\n## {name}\n" in page]

    assert branches == ["ConfigError", "InstantError", "StepFailed", "UsageError"]
    assert not any(is_concrete(getattr(errors, name)) for name in branches)
    assert page.count("\n### ") == len(concrete_errors())


def test_errors_stand_in_the_order_of_the_drawing() -> None:
    drawn = re.findall(r"── (\w+)", errors.__doc__ or "")
    names = [kind.__name__ for kind in concrete_errors()]

    assert names == [name for name in drawn if name in names]


def test_what_an_error_inherits_is_named_last() -> None:
    assert " ".join(attributes_of(UnknownDefinition)) == "kind name known subject expected received"
    assert attributes_of(UnknownDefinition).keys() == vars(UnknownDefinition("view", "x", known=())).keys()


def test_the_exit_codes_are_those_of_the_readme_and_of_failures() -> None:
    page = codes(errors_page())

    assert page == codes((ROOT / "README.md").read_text(encoding="utf-8"))
    assert f"| {INTERRUPTED} | interrupted |" in page
