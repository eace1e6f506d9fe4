"""Errors of profiles and of the machine."""

from __future__ import annotations

import pytest

from featurestore.errors import (
    InvalidProfile,
    InvalidSetting,
    MissingPart,
    MissingSetting,
    UnknownProfile,
    UnknownSetting,
)
from tests.helpers.next_moves import next_move

ERRORS = [
    UnknownProfile("nowhere", known=("local", "gcp")),
    InvalidProfile("team.yaml", received="a list"),
    UnknownSetting("spark.mastr", origin="environment", known=("spark.master",)),
    InvalidSetting("spark.shuffle_partitions", received="many", expected="a whole number"),
    MissingSetting("project", tried=("team.yaml", "environment")),
    MissingPart("Java 17", needed_for="Spark", remedy="Install it."),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value) in str(error) for value in kept.values() if isinstance(value, str))


def test_known_profiles_are_listed_in_order() -> None:
    error = UnknownProfile("nowhere", known=("local", "gcp"))

    assert error.known == ("gcp", "local")
    assert "gcp, local" in str(error)


def test_a_missing_setting_says_where_was_looked() -> None:
    assert "team.yaml, environment" in str(MissingSetting("project", tried=("team.yaml", "environment")))
