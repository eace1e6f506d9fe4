"""Errors of time travel."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from featurestore.errors import (
    BeforeFirstCommit,
    InTheFuture,
    OverlappingCommits,
    PastHorizon,
    UnknownInstant,
)
from tests.helpers.next_moves import next_move

EARLY, MIDDLE, LATE = (datetime(2024, 6, day, tzinfo=timezone.utc) for day in (1, 2, 3))
ERRORS = [
    BeforeFirstCommit("events/clicks", EARLY, earliest=MIDDLE, latest=LATE),
    BeforeFirstCommit("events/clicks", EARLY, earliest=None, latest=None),
    PastHorizon("events/clicks", EARLY, earliest=MIDDLE, latest=LATE),
    InTheFuture("events/clicks", LATE, now=MIDDLE),
    OverlappingCommits("events/clicks", MIDDLE, visible="20240601000000002", not_yet="20240601000000001"),
    UnknownInstant(
        "events/clicks", "20240601000000001", earliest="20240602000000000", latest="20240603000000000"
    ),
    UnknownInstant("events/clicks", "20240601000000001", earliest=None, latest=None),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value) in str(error) for value in kept.values() if isinstance(value, str))


@pytest.mark.parametrize("kind", [BeforeFirstCommit, PastHorizon])
def test_the_range_that_can_be_had_is_named(kind: type[BeforeFirstCommit | PastHorizon]) -> None:
    error = kind("events/clicks", EARLY, earliest=MIDDLE, latest=LATE)

    assert all(time.isoformat() in str(error) for time in (EARLY, MIDDLE, LATE))
