"""Errors of steps that ran and could not finish."""

from __future__ import annotations

import pytest

from featurestore.errors import (
    ContractViolation,
    EngineFailed,
    FeaturesBehind,
    GateFailed,
    NotEnoughRows,
    RowCountMismatch,
    SchemaIncompatible,
)
from tests.helpers.next_moves import next_move

ERRORS = [
    ContractViolation("clicks", reason="range", field="price", rows=2, example="a.csv row 7: -1"),
    SchemaIncompatible("clicks", rule="BACKWARD_TRANSITIVE", change="a new type", version=2),
    FeaturesBehind("buys", instants={"a": "20240601000000001", "b": "20240601000000002"}),
    RowCountMismatch("join", expected=3, received=4),
    GateFailed("buys version 2", failed={"auc at least 0.8": "0.7, short by 0.1"}),
    NotEnoughRows("Split", expected="rows on both sides", received="none"),
    EngineFailed(finding="java.lang.OutOfMemoryError", log="/state/run.log"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value) in str(error) for value in kept.values() if isinstance(value, str))


def test_a_view_that_is_behind_is_told_by_its_instant() -> None:
    error = FeaturesBehind("buys", instants={"a": "20240601000000001", "b": "20240601000000002"})

    assert "a from 20240601000000001, b from 20240601000000002" in str(error)
