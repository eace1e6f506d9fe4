"""Verbs before a run of several steps: what cannot be is refused before Spark starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import NaiveTimestamp, SourceNotFound, TableNotFound, UnknownDefinition
from tests.helpers.stores import store_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from featurestore.store import FeatureStore


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda store: store.pin_input("nothing"), UnknownDefinition),
        (lambda store: store.pin_input("visits", path="nowhere"), SourceNotFound),
        (lambda store: store.pin_tables("nothing"), UnknownDefinition),
        (lambda store: store.pin_tables("buyers"), TableNotFound),
        (lambda store: store.pin_tables("buyers", as_of="2024-06-01"), NaiveTimestamp),
        (lambda store: store.validate("visits", "nowhere"), SourceNotFound),
    ],
)
def test_what_cannot_be_is_refused(
    call: Callable[[FeatureStore], Any],
    error: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("featurestore.steps.prepare.open_workspace", None)

    with pytest.raises(error):
        call(store_at(tmp_path))
