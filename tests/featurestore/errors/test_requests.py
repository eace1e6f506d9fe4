"""Errors of definitions, of requests and of their inputs."""

from __future__ import annotations

import pytest

from featurestore.errors import (
    BreakingChange,
    DefinitionError,
    InvalidRequest,
    NaiveTimestamp,
    SourceNotFound,
    UnknownDefinition,
)
from tests.helpers.next_moves import next_move

ERRORS = [
    DefinitionError("Field 'price'", expected="minimum <= maximum", received="3 > 1"),
    UnknownDefinition("source", "clicks", known=("clickstream",)),
    InvalidRequest("limit", expected="0 rows or more", received=-1),
    NaiveTimestamp("as_of", "2024-06-01T00:00:00"),
    SourceNotFound("clicks", location="/data/*.csv", remedy="Check the path."),
    BreakingChange("shop", changes={"view small": "give the view version 2"}),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value) in str(error) for value in kept.values() if isinstance(value, str))


def test_known_definitions_are_listed_in_order() -> None:
    error = UnknownDefinition("source", "clicks", known=("orders", "clickstream"))

    assert error.known == ("clickstream", "orders")
    assert "one of: clickstream, orders" in str(error)


def test_a_project_without_any_says_so() -> None:
    assert "none is defined" in str(UnknownDefinition("source", "clicks", known=()))
