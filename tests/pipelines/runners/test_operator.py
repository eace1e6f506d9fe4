"""Jobs as SparkApplications: their states, and what a second submission of one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, RunDiffers
from pipelines.job_state import State
from pipelines.runners.operator import OperatorJobs, state_of
from tests.helpers.cluster_objects import application, driver, executor, job, profile_in, waiting
from tests.helpers.scripted_api import APPLICATIONS, PODS, ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster


@pytest.fixture
def jobs(cluster: Cluster) -> OperatorJobs:
    return OperatorJobs(cluster=cluster)


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


@pytest.fixture
def other(tmp_path: Path) -> dict[str, Any]:
    """The same run's job, which asks for more."""
    return job(profile_in(tmp_path, driver__memory="2g"))


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ("", State.STARTING),
        ("SUBMITTED", State.STARTING),
        ("RESUMING", State.STARTING),
        ("RUNNING", State.RUNNING),
        ("SUCCEEDING", State.RUNNING),
        ("FAILING", State.RETRYING),
        ("SUBMISSION_FAILED", State.RETRYING),
        ("PENDING_RERUN", State.RETRYING),
        ("INVALIDATING", State.RETRYING),
        ("SUSPENDING", State.QUEUED),
        ("SUSPENDED", State.QUEUED),
        ("UNKNOWN", State.LOST),
        ("OF A LATER VERSION", State.LOST),
        ("COMPLETED", State.COMPLETED),
        ("FAILED", State.FAILED),
    ],
)
def test_each_state_of_the_operator_has_one_of_ours(
    named: str, state: State, manifest: dict[str, Any]
) -> None:
    assert state_of(application(manifest, named)) is state


def test_a_suspended_application_waits_unless_it_has_ended(manifest: dict[str, Any]) -> None:
    for named, state in (("", State.QUEUED), ("RUNNING", State.QUEUED), ("FAILED", State.FAILED)):
        made = application(manifest, named)
        made["spec"]["suspend"] = True
        assert state_of(made) is state


def test_an_application_that_no_operator_has_seen_is_starting(manifest: dict[str, Any]) -> None:
    assert state_of(manifest) is State.STARTING


def test_a_job_is_made_as_its_manifest_says(
    api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any]
) -> None:
    jobs.start(manifest)

    (posted,) = [one.body for one in api.asked if one.what == f"POST {APPLICATIONS}"]
    assert posted == manifest


@pytest.mark.parametrize("state", ["", "RUNNING", "PENDING_RERUN", "COMPLETED"])
def test_a_job_that_asks_for_the_same_is_taken_up(
    state: str, api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any]
) -> None:
    there = api.put(APPLICATIONS, application(manifest, state))

    jobs.start(manifest)

    assert list(api.things[APPLICATIONS].values()) == [there]
    assert api.count("POST *") == api.count("DELETE *") == 0


@pytest.mark.parametrize("state", ["", "RUNNING", "COMPLETED"])
def test_a_job_that_asks_for_something_else_is_left_alone(
    state: str, api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any], other: dict[str, Any]
) -> None:
    api.put(APPLICATIONS, application(manifest, state))

    with pytest.raises(RunDiffers, match="of run r1"):
        jobs.start(other)

    assert api.count("POST *") == api.count("DELETE *") == 0


def test_of_a_job_without_a_run_nobody_can_tell(api: ScriptedApi, jobs: OperatorJobs, tmp_path: Path) -> None:
    unnamed = job(profile_in(tmp_path), run=None)
    api.put(APPLICATIONS, application(unnamed, "COMPLETED"))

    with pytest.raises(RunDiffers):
        jobs.start(unnamed)


@pytest.mark.parametrize("asks", ["manifest", "other"])
def test_a_job_that_failed_is_deleted_and_made_anew_once_it_is_gone(
    asks: str, api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    wanted = request.getfixturevalue(asks)
    name = api.put(APPLICATIONS, application(manifest, "FAILED"))["metadata"]["name"]
    pod = api.put(PODS, driver(manifest, "Failed"))["metadata"]["name"]
    api.lingering |= {name, pod}
    api.on(f"GET {APPLICATIONS}/{name}", None, None, lambda: api.drop(APPLICATIONS, name))
    api.on(f"GET {PODS}", None, lambda: api.drop(PODS, pod))

    jobs.start(wanted)

    whats = [one.what for one in api.asked]
    assert whats.index(f"DELETE {APPLICATIONS}/{name}") < whats.index(f"POST {APPLICATIONS}")
    assert whats[-1] == f"POST {APPLICATIONS}"
    assert api.things[APPLICATIONS][name]["spec"] == wanted["spec"]
    assert "status" not in api.things[APPLICATIONS][name]


def test_a_job_that_is_being_deleted_is_not_taken_up(
    api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any]
) -> None:
    there = api.put(APPLICATIONS, application(manifest, "RUNNING"))
    there["metadata"]["deletionTimestamp"] = "2024-03-01T00:00:00Z"

    jobs.start(manifest)

    assert api.count("POST *") == 1


def test_pods_of_an_earlier_job_of_the_name_are_waited_for(
    api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any]
) -> None:
    pod = api.put(PODS, driver(manifest))["metadata"]["name"]
    api.on(f"GET {PODS}", None, None, lambda: api.drop(PODS, pod))

    jobs.start(manifest)

    assert [one.what for one in api.asked][-2:] == [f"GET {PODS}", f"POST {APPLICATIONS}"]


def test_what_does_not_go_is_told(
    api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.runners.operator.SECONDS_TO_GO", 0.05)
    api.put(PODS, driver(manifest))

    with pytest.raises(ClusterRefused, match="pods of its name stay"):
        jobs.start(manifest)

    assert api.count("POST *") == 0


def test_of_two_who_make_it_at_once_one_takes_up_the_others(
    api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any], other: dict[str, Any]
) -> None:
    api.on(f"POST {APPLICATIONS}", lambda: api.put(APPLICATIONS, application(manifest)))
    jobs.start(manifest)

    api.drop(APPLICATIONS, manifest["metadata"]["name"])
    api.on(f"POST {APPLICATIONS}", lambda: api.put(APPLICATIONS, application(manifest)))
    with pytest.raises(RunDiffers):
        jobs.start(other)


def test_a_look_has_the_newest_driver_and_all_executors(
    api: ScriptedApi, jobs: OperatorJobs, manifest: dict[str, Any], tmp_path: Path
) -> None:
    api.put(APPLICATIONS, application(manifest, "RUNNING", errorMessage="was slow"))
    older = driver(manifest, "Failed")
    older["metadata"]["name"] += "-older"
    for pod in (older, driver(manifest), executor(manifest, 1), executor(manifest, 2, "Pending")):
        api.put(PODS, pod)
    api.put(PODS, driver(job(profile_in(tmp_path), run="r2")))

    look = jobs.look(manifest["metadata"]["name"])

    assert (look.state, look.told) == (State.RUNNING, "was slow")
    assert look.driver is not None
    assert look.driver["status"]["phase"] == "Running"
    assert (len(look.executors), look.running_executors) == (2, 1)


def test_what_is_not_there_is_gone_and_can_be_deleted(api: ScriptedApi, jobs: OperatorJobs) -> None:
    assert jobs.look("nothing").state is State.GONE
    jobs.delete("nothing")


@pytest.mark.parametrize(
    ("phase", "container", "state"),
    [
        ("Pending", None, State.QUEUED),
        ("Pending", waiting("ContainerCreating"), State.STARTING),
        ("Running", {"running": {}}, State.STARTING),
    ],
)
def test_a_scheduler_of_groups_keeps_a_driver_in_its_queue(
    phase: str,
    container: dict[str, Any] | None,
    state: State,
    api: ScriptedApi,
    jobs: OperatorJobs,
    manifest: dict[str, Any],
) -> None:
    made = application(manifest, "SUBMITTED")
    made["spec"]["batchScheduler"] = "volcano"
    api.put(APPLICATIONS, made)
    api.put(PODS, driver(manifest, phase, state=container))

    assert jobs.look(manifest["metadata"]["name"]).state is state
