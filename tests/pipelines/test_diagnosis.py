"""What the API server's words about a job mean, and what its user does next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, ClusterUnreachable, JobFailed
from pipelines.diagnosis import Trouble, delay, end_of_driver, full_quota, hopeless, if_allowed, in_log
from pipelines.job_state import Look, State
from tests.helpers.cluster_objects import (
    driver,
    event,
    executor,
    job,
    profile_in,
    quota,
    terminated,
    unscheduled,
    waiting,
)
from tests.helpers.next_moves import next_move

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


def found(trouble: Trouble | None) -> Trouble:
    """The trouble that there is, whose message as an error ends in the next move."""
    assert trouble is not None
    assert next_move(JobFailed("a", told=trouble.told, code=None, log="/log", move=trouble.move))
    return trouble


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])
def test_an_image_that_cannot_be_had_is_hopeless_and_named(reason: str, manifest: dict[str, Any]) -> None:
    pod = driver(manifest, "Pending", state=waiting(reason, "no such manifest"))

    trouble = found(hopeless(Look(state=State.STARTING, driver=pod)))

    assert f"the image {manifest['spec']['image']} cannot be had: no such manifest" in trouble.told
    assert "image.name" in trouble.move


def test_a_secret_that_is_missing_is_hopeless_and_named(manifest: dict[str, Any]) -> None:
    state = waiting("CreateContainerConfigError", 'secret "lake" not found')
    pod = executor(manifest, 1, "Pending", state=state)
    look = Look(state=State.RUNNING, driver=driver(manifest), executors=(pod,))

    trouble = found(hopeless(look))

    assert (
        trouble.told == f'the container of {pod["metadata"]["name"]} cannot be made: secret "lake" not found'
    )


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing", "ErrImagePull"])
def test_what_may_pass_is_not_hopeless(reason: str, manifest: dict[str, Any]) -> None:
    pod = driver(manifest, "Pending", state=waiting(reason))

    assert hopeless(Look(state=State.STARTING, driver=pod)) is None
    assert hopeless(Look(state=State.STARTING)) is None


def test_a_pod_that_no_node_takes_is_the_first_reason_of_a_delay(manifest: dict[str, Any]) -> None:
    pod = driver(manifest, "Pending", state=None, conditions=unscheduled("0/1 nodes: Insufficient cpu"))
    look = Look(state=State.STARTING, driver=pod)

    told = delay(look, [event("a", "of something else")])

    assert told == f"no node takes {pod['metadata']['name']}: 0/1 nodes: Insufficient cpu"


def test_the_last_warning_is_the_next_reason_and_the_operators_word_the_last(
    manifest: dict[str, Any],
) -> None:
    look = Look(state=State.STARTING, told="submission failed")
    events = [event("a", "first"), event("a", "last", reason="FailedMount"), event("a", "x", kind="Normal")]

    assert delay(look, events) == "FailedMount: last"
    assert delay(look, events[2:]) == "submission failed"
    assert delay(Look(state=State.STARTING), ()) is None


@pytest.mark.parametrize(
    ("hard", "used", "full"),
    [
        ({"requests.memory": "3Gi"}, {"requests.memory": "2Gi"}, "2Gi of 3Gi requests.memory"),
        ({"requests.cpu": "1"}, {"requests.cpu": "900m"}, "900m of 1 requests.cpu"),
        ({"memory": "3000Mi"}, {"memory": "1600Mi"}, "1600Mi of 3000Mi memory"),
        ({"pods": "2"}, {"pods": "2"}, "2 of 2 pods"),
        ({"pods": "2"}, {"pods": "1"}, None),
        ({"requests.memory": "3Gi"}, {}, None),
        ({"services": "0"}, {"services": "0"}, None),
        ({}, {}, None),
    ],
)
def test_a_quota_is_full_where_one_more_executor_has_no_room(
    hard: dict[str, str], used: dict[str, str], full: str | None, manifest: dict[str, Any]
) -> None:
    trouble = full_quota(manifest, [{"metadata": {"name": "empty"}}, quota(hard, used)])

    assert (full is None) == (trouble is None)
    if full is not None:
        assert found(trouble).told == (
            f"the quota team has no room for an executor of 0.2 CPU, 1.4 GiB: {full} are used"
        )


def test_a_driver_above_its_memory_is_told_its_limit(manifest: dict[str, Any]) -> None:
    by_reason = driver(manifest, "Failed", state=terminated(1, "OOMKilled"))
    by_code = driver(manifest, "Failed", state=terminated(137))

    for pod in (by_reason, by_code):
        trouble = found(end_of_driver(pod))
        assert "killed (137), as happens above its memory of 1433Mi" in trouble.told
        assert trouble.move.startswith("Raise driver.memory_overhead")


@pytest.mark.parametrize(
    "status",
    [
        {"reason": "Evicted", "message": "The node was low on memory"},
        {
            "conditions": [
                {"type": "Ready", "status": "False"},
                {"type": "DisruptionTarget", "status": "True", "message": "The node was low on memory"},
            ]
        },
    ],
)
def test_a_driver_that_was_taken_from_its_node_did_not_run_out_of_memory(
    status: dict[str, Any], manifest: dict[str, Any]
) -> None:
    trouble = found(end_of_driver(driver(manifest, "Failed", state=terminated(137), **status)))

    assert "taken from its node" in trouble.told
    assert "The node was low on memory" in trouble.told


def test_a_driver_that_was_told_to_stop_did_not_fail_by_itself(manifest: dict[str, Any]) -> None:
    assert "(143)" in found(end_of_driver(driver(manifest, "Failed", state=terminated(143)))).told


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_driver_that_ended_by_itself_has_its_own_words(code: int, manifest: dict[str, Any]) -> None:
    assert end_of_driver(driver(manifest, "Failed", state=terminated(code))) is None
    assert end_of_driver(None) is None


@pytest.mark.parametrize(
    "line",
    [
        "ERROR TaskSchedulerImpl: Lost executor 1: The executor with id 1 exited with exit code 137(SIGKILL).",
        "The API gave the following container statuses: exit code: 137, termination reason: OOMKilled",
    ],
)
def test_executors_that_were_killed_are_found_in_the_log(line: str) -> None:
    assert found(in_log(["before", line, "after"])).move.startswith("Raise executors.memory_overhead")


def test_a_quota_that_refuses_executors_is_found_in_the_log() -> None:
    line = (
        'Message: pods "a-exec-1" is forbidden: exceeded quota: team, requested: requests.cpu=1, '
        "used: requests.cpu=2, limited: requests.cpu=2. Received status: Status(code=403)"
    )

    trouble = found(in_log(["before", line]))

    assert trouble.told == (
        "a quota refused pods: team, requested: requests.cpu=1, used: requests.cpu=2, limited: requests.cpu=2"
    )


def test_an_ordinary_log_has_no_trouble() -> None:
    assert in_log(["wrote 137 rows", "exited with exit code 1", "the quota is fine"]) is None


def test_what_may_not_be_asked_tells_nothing() -> None:
    def refuse() -> list[dict[str, Any]]:
        raise ClusterRefused("listing", told="forbidden", status=403)

    def vanish() -> list[dict[str, Any]]:
        raise ClusterUnreachable("server", doing="listing", told="away")

    assert (if_allowed(refuse), if_allowed(vanish), if_allowed(lambda: [{}])) == ([], [], [{}])
