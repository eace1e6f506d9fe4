"""Errors of clusters and of the jobs in them."""

from __future__ import annotations

import pytest

from featurestore.errors import (
    ClusterRefused,
    ClusterUnreachable,
    JobFailed,
    JobNotFound,
    Retryable,
    RunDiffers,
    StepFailed,
    UsageError,
)
from tests.helpers.next_moves import next_move

ERRORS = [
    ClusterUnreachable("https://10.0.0.1:6443", doing="listing pods", told="connection refused."),
    ClusterRefused("creating a", told='pods "a" is forbidden: exceeded quota: team.', status=403),
    JobNotFound("train-churn", namespace="growth"),
    RunDiffers("train-churn", run="nightly"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)
    assert ".." not in str(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value).rstrip(".") in str(error) for value in kept.values())


def test_only_a_server_that_is_away_is_worth_another_try() -> None:
    assert [isinstance(error, Retryable) for error in ERRORS] == [True, False, False, False]
    assert [isinstance(error, StepFailed) for error in ERRORS] == [True, True, False, False]
    assert [isinstance(error, UsageError) for error in ERRORS] == [False, False, True, True]


def test_a_jobs_failure_ends_with_what_helps_or_with_its_log() -> None:
    helped = JobFailed("a", told="killed (137).", code=137, log="/l", move="Raise driver.memory_overhead.")
    alone = JobFailed("a", told="ended", code=None, log="/l")

    assert str(helped) == "a failed: killed (137). The driver's log: /l. Raise driver.memory_overhead."
    assert next_move(alone) == "Read the driver's log: /l."
