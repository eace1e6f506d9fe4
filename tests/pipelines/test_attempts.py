"""What is tried again, how often, and how long it may take."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.errors import (
    ClusterUnreachable,
    FeatureStoreError,
    GateFailed,
    InvalidRequest,
    JobFailed,
)
from featurestore.progress import listening
from pipelines import attempts
from pipelines.attempts import attempted, failed_just_now, may_pass, time_limit
from pipelines.run_records import TaskRecord

if TYPE_CHECKING:
    from featurestore.config import Profile


def profile_with(**settings: object) -> Profile:
    own = {f"pipelines.{name}": value for name, value in settings.items()}
    return load_profile("local", overrides=own, variables={})


def failed_job(error_type: str | None = None) -> JobFailed:
    return JobFailed("train-m-1", told="no", code=1, log="driver.log", error_type=error_type)


AWAY = ClusterUnreachable("https://here", doing="GET", told="refused")


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (AWAY, True),
        (JobFailed("train-m-1", told="evicted", code=None, log="driver.log", may_pass=True), True),
        (failed_job("KafkaUnreachable"), True),
        (failed_job("TableMoved"), True),
        (failed_job("GateFailed"), False),
        (failed_job("NoSuchClass"), False),
        (failed_job("annotations"), False),
        (failed_job(), False),
        (GateFailed("m", failed={}), False),
        (InvalidRequest("a", expected="b", received="c"), False),
    ],
    ids=str,
)
def test_only_what_may_pass_is_tried_again(error: FeatureStoreError, passes: bool) -> None:
    assert may_pass(error) is passes


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, which takes no time."""
    found: list[float] = []
    monkeypatch.setattr("pipelines.attempts.time.sleep", found.append)
    return found


def test_a_failure_that_passes_is_tried_again_and_each_time_later(waits: list[float]) -> None:
    told: list[str] = []
    outcomes: list[Any] = [AWAY, AWAY, {"rows": 3}]

    def act() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with listening(told.append):
        assert attempted(act, profile_with(retries=2, retry_seconds=5)) == {"rows": 3}
    assert waits == [5, 10]
    assert told[0].startswith("trying again in 5 s, 1 of 2: ")


@pytest.mark.parametrize(("retries", "error", "calls"), [(2, AWAY, 3), (0, AWAY, 1), (2, failed_job(), 1)])
def test_the_last_failure_is_raised(
    retries: int, error: FeatureStoreError, calls: int, waits: list[float]
) -> None:
    called = []

    def act() -> None:
        called.append(1)
        raise error

    with pytest.raises(type(error)):
        attempted(act, profile_with(retries=retries, retry_seconds=1))
    assert (len(called), len(waits)) == (calls, calls - 1)


def test_a_task_that_takes_too_long_is_ended_as_ctrl_c_would_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = profile_with()
    quick = replace(settings, pipelines=replace(settings.pipelines, timeout_minutes=1))
    monkeypatch.setattr(attempts, "_SECONDS_A_MINUTE", 0.05)
    cleaned = []

    def act() -> None:
        try:
            time.sleep(20)
        except KeyboardInterrupt:
            cleaned.append(1)
            raise

    def limited() -> None:
        with time_limit("train-m-1", quick):
            act()

    with pytest.raises(JobFailed, match="train-m-1 failed: it took longer than 1 minutes"):
        limited()
    assert cleaned == [1]


def test_what_ends_in_time_or_by_ctrl_c_stays_what_it_is() -> None:
    def interrupted() -> None:
        with time_limit("train-m-1", profile_with()):
            raise KeyboardInterrupt

    with time_limit("train-m-1", profile_with()):
        pass
    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_in_another_thread_there_is_no_limit() -> None:
    done = []

    def act() -> None:
        with time_limit("train-m-1", profile_with()):
            done.append(1)

    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
    assert done == [1]


NOW = datetime.now(timezone.utc)


@pytest.mark.parametrize(
    ("state", "error_type", "ago", "just_now"),
    [
        ("failed", "GateFailed", timedelta(seconds=40), True),
        ("failed", "GateFailed", timedelta(minutes=15), False),
        ("failed", "KafkaUnreachable", timedelta(seconds=40), True),
        ("failed", "Interrupted", timedelta(seconds=40), False),
        ("done", None, timedelta(seconds=40), False),
        ("running", None, None, False),
    ],
)
def test_kubeflows_own_retry_of_a_failure_that_stays_is_in_vain(
    state: str, error_type: str | None, ago: timedelta | None, just_now: bool
) -> None:
    record = TaskRecord(run="r", task="t", step="evaluate", request={}, started_at=NOW, state=state)
    record.error = {"type": error_type, "message": "no"} if error_type else None
    record.ended_at = datetime.now(timezone.utc) - ago if ago is not None else None

    assert failed_just_now(record) is just_now
    assert failed_just_now(None) is False
