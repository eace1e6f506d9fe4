"""A job watched to its end: what is an end, what is worth waiting for, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, ClusterUnreachable
from pipelines.diagnosis import Trouble
from pipelines.job_state import Look, State
from tests.helpers.cluster_objects import (
    driver,
    event,
    executor,
    job,
    profile_in,
    quota,
    unscheduled,
    waiting,
)
from tests.helpers.scripted_api import APPLICATIONS, EVENTS, HANG_UP, PODS, QUOTAS, Refusal, ScriptedApi
from tests.helpers.scripted_job import Clock, ScriptedJob

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster

SHORT = 0.05
"""Seconds in which a job is to start."""


@pytest.fixture
def scripted(api: ScriptedApi, cluster: Cluster, tmp_path: Path) -> ScriptedJob:
    return ScriptedJob(api, cluster, job(profile_in(tmp_path)), tmp_path)


def look(found: Look | Trouble) -> Look:
    assert isinstance(found, Look), found
    return found


def trouble(found: Look | Trouble) -> Trouble:
    assert isinstance(found, Trouble), found
    return found


def test_a_job_is_watched_from_its_submission_to_its_end(scripted: ScriptedJob) -> None:
    manifest = scripted.manifest
    scripted.looks(
        None,
        scripted.becomes("SUBMITTED", driver(manifest, "Pending")),
        scripted.becomes("RUNNING", driver(manifest)),
        scripted.becomes("RUNNING", executor(manifest)),
        scripted.becomes("SUCCEEDING", driver(manifest, "Succeeded")),
        scripted.becomes("COMPLETED"),
    )

    found, told = scripted.watched()

    assert look(found).state is State.COMPLETED
    assert told == [
        f"{scripted.name}: {line}"
        for line in ("starting", "running", "running, 1 executors", "completed, 1 executors")
    ]


def test_a_submission_that_fails_may_succeed_later(scripted: ScriptedJob) -> None:
    scripted.looks(
        scripted.becomes("SUBMISSION_FAILED", told="the webhook is away"),
        scripted.becomes("PENDING_RERUN", told="the webhook is away"),
        scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest)),
        scripted.becomes("COMPLETED"),
    )

    found, told = scripted.watched()

    assert look(found).state is State.COMPLETED
    assert f"{scripted.name} waits: the webhook is away" in told


def test_a_failure_is_an_end_and_no_success(scripted: ScriptedJob) -> None:
    scripted.looks(
        scripted.becomes("RUNNING", driver(scripted.manifest)),
        scripted.becomes("FAILED", driver(scripted.manifest, "Failed"), told="driver container failed"),
    )

    found = look(scripted.watched()[0])

    assert (found.state, found.told) == (State.FAILED, "driver container failed")
    assert found.driver is not None
    assert found.driver["status"]["phase"] == "Failed"


def test_an_application_that_vanishes_is_gone(scripted: ScriptedJob) -> None:
    scripted.looks(
        scripted.becomes("RUNNING", driver(scripted.manifest)),
        lambda: scripted.api.drop(APPLICATIONS, scripted.name),
    )

    assert look(scripted.watched()[0]).state is State.GONE


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (waiting("ImagePullBackOff", "not found"), "cannot be had: not found"),
        (waiting("CreateContainerConfigError", 'secret "lake" not found'), 'secret "lake" not found'),
    ],
)
def test_a_pod_that_can_never_start_is_not_waited_for(
    state: dict[str, Any], words: str, scripted: ScriptedJob
) -> None:
    scripted.looks(scripted.becomes("SUBMITTED", driver(scripted.manifest, "Pending", state=state)))

    assert words in trouble(scripted.watched()[0]).told


def test_a_driver_that_no_node_takes_has_its_time(scripted: ScriptedJob) -> None:
    conditions = unscheduled("0/3 nodes are available: 3 Insufficient memory")
    pending = driver(scripted.manifest, "Pending", state=None, conditions=conditions)
    scripted.looks(scripted.becomes("SUBMITTED", pending))

    found, told = scripted.watched(SHORT)

    assert trouble(found).told.startswith("its driver did not start within 0.05 s: no node takes ")
    assert "3 Insufficient memory" in trouble(found).told
    assert "kubernetes.start_seconds" in trouble(found).move
    assert any("waits: no node takes" in line for line in told)


def test_a_first_executor_has_its_time_too_and_a_full_quota_is_named(scripted: ScriptedJob) -> None:
    scripted.api.put(QUOTAS, quota({"pods": "1"}, {"pods": "1"}))
    scripted.looks(scripted.becomes("RUNNING", driver(scripted.manifest)))

    found = trouble(scripted.watched(SHORT)[0])

    assert found.told.startswith("its first executor did not start within 0.05 s: the quota team has no room")
    assert found.move.startswith("Raise the quota")


def test_a_pod_that_is_there_has_passed_the_quota(scripted: ScriptedJob) -> None:
    scripted.api.put(QUOTAS, quota({"pods": "2"}, {"pods": "2"}))
    conditions = unscheduled("no node matches")
    one = executor(scripted.manifest, 1, "Pending", state=None, conditions=conditions)
    scripted.looks(scripted.becomes("RUNNING", driver(scripted.manifest), one))

    assert "no node matches" in trouble(scripted.watched(SHORT)[0]).told


def test_a_drivers_time_is_not_taken_from_its_first_executors(
    scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    manifest = scripted.manifest
    scripted.looks(
        scripted.becomes("SUBMITTED", driver(manifest, "Pending")),
        clock.later(90),
        scripted.becomes("RUNNING", driver(manifest)),
        clock.later(90),
        scripted.becomes("RUNNING", executor(manifest)),
        clock.later(1000),
        scripted.becomes("COMPLETED"),
    )

    assert look(scripted.watched(100)[0]).state is State.COMPLETED


def test_a_second_attempt_has_a_drivers_time_of_its_own(
    scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    manifest = scripted.manifest
    scripted.looks(
        scripted.becomes("RUNNING", driver(manifest), executor(manifest)),
        clock.later(1000),
        scripted.becomes("PENDING_RERUN"),
        clock.later(90),
        scripted.becomes("RUNNING"),
        scripted.becomes("PENDING_RERUN"),
        clock.later(110),
    )

    assert "its driver did not start within 100 s" in trouble(scripted.watched(100)[0]).told


@pytest.mark.parametrize("spec", [{"suspend": True}, {"batchScheduler": "volcano"}], ids=str)
def test_waiting_in_a_queue_does_not_count_as_starting(
    spec: dict[str, Any], scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    pods = [] if "suspend" in spec else [driver(scripted.manifest, "Pending", state=None)]
    scripted.looks(
        scripted.becomes("", *pods, **spec),
        clock.later(10_000),
        clock.later(10_000),
        scripted.becomes("SUBMITTED"),
        scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest)),
        scripted.becomes("COMPLETED"),
    )

    found, told = scripted.watched(100)

    assert look(found).state is State.COMPLETED
    assert told[0] == f"{scripted.name}: queued"


def test_a_node_that_says_nothing_is_told_as_such(scripted: ScriptedJob) -> None:
    scripted.looks(
        scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest)),
        scripted.becomes("UNKNOWN"),
    )

    assert "its driver's node did not answer" in trouble(scripted.watched(SHORT)[0]).told


def test_a_server_that_is_away_for_a_while_is_waited_for(scripted: ScriptedJob) -> None:
    scripted.looks(
        scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest)),
        *(HANG_UP, Refusal(503, "restarting"), Refusal(429), Refusal(500)),
        scripted.becomes("COMPLETED"),
    )

    found, told = scripted.watched()

    assert look(found).state is State.COMPLETED
    assert f"the API server does not answer, {scripted.name} goes on: restarting" in told


def test_a_server_that_stays_away_is_told_and_the_job_left_alone(
    scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.watch._AWAY_SECONDS", 0.05)
    scripted.becomes("RUNNING", driver(scripted.manifest))()
    scripted.api.on(f"GET {APPLICATIONS}/*", None)
    scripted.api.on("*", HANG_UP, always=True)

    with pytest.raises(ClusterUnreachable):
        scripted.watched()

    assert scripted.api.count("DELETE *") == 0


def test_what_the_server_was_away_does_not_count_as_starting(
    scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    pending = driver(scripted.manifest, "Pending")

    def away() -> None:
        clock.seconds += 90

    scripted.looks(scripted.becomes("SUBMITTED", pending), Refusal(503), away, clock.later(50))
    scripted.api.on(f"GET {PODS}", None, Refusal(503))
    scripted.api.on(f"GET {APPLICATIONS}/*", None, scripted.becomes("COMPLETED"))

    assert look(scripted.watched(100)[0]).state is State.COMPLETED


def test_an_account_that_may_not_look_is_told_so(scripted: ScriptedJob) -> None:
    scripted.looks(None, Refusal(403, "sparkapplications is forbidden"))

    with pytest.raises(ClusterRefused, match="forbidden"):
        scripted.watched()


@pytest.mark.parametrize("forbidden", [QUOTAS, EVENTS])
def test_what_may_not_be_asked_does_not_hide_what_may(forbidden: str, scripted: ScriptedJob) -> None:
    scripted.api.on(f"GET {forbidden}", Refusal(403), always=True)
    scripted.api.put(EVENTS, event(scripted.name, "told by an event"))
    scripted.looks(scripted.becomes("RUNNING", driver(scripted.manifest), told="told by the operator"))

    found = trouble(scripted.watched(SHORT)[0])

    assert found.told.endswith("told by the operator" if forbidden == EVENTS else "told by an event")


def test_each_driver_of_a_job_is_followed(scripted: ScriptedJob) -> None:
    manifest, api, name = scripted.manifest, scripted.api, f"{scripted.name}-driver"
    steps = [
        ("of the second", scripted.becomes("COMPLETED")),
        ("of the first", scripted.becomes("RUNNING", driver(manifest, "Failed"))),
        (None, scripted.becomes("RUNNING", driver(manifest, "Failed"))),
    ]

    def when_heard() -> None:
        heard, act = steps[-1]
        if heard is None or heard in scripted.told:
            steps.pop()
            api.drop(PODS, name)
            api.logs[name] = []
            api.write(name, "of the first" if heard is None else "of the second")
            act()

    scripted.becomes("")()
    api.on(f"GET {APPLICATIONS}/*", *[when_heard] * 3, always=True)

    assert look(scripted.watched()[0]).state is State.COMPLETED
    assert [line for line in scripted.told if "of the" in line] == ["of the first", "of the second"]
