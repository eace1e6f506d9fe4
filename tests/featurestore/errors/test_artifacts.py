"""Errors of what steps leave behind."""

from __future__ import annotations

import pytest

from featurestore.errors import (
    ArtifactBroken,
    ArtifactExists,
    ArtifactNotFound,
    RegistryMoved,
    TableBroken,
    TableNotFound,
)
from tests.helpers.next_moves import next_move

ERRORS = [
    TableNotFound("events/clicks", location="/lake"),
    TableNotFound("events/clicks", location="/lake", known=("events/orders",)),
    TableBroken("events/clicks", finding="no properties", remedy="Restore them from a copy."),
    ArtifactNotFound("model", "buys", known=(), remedy="Run `featurestore train`."),
    ArtifactExists("training set", "june", difference="other instants"),
    ArtifactBroken("card.json", expected="JSON", received="{"),
    RegistryMoved("definitions", planned="generation 1", found="generation 2"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value) in str(error) for value in kept.values() if isinstance(value, str))


def test_tables_that_exist_are_listed() -> None:
    assert "events/a, events/b" in str(TableNotFound("c", location="/lake", known=("events/b", "events/a")))
