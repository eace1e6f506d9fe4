"""What one look at a job finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipelines.job_state import ENDS, Look, State, container_state, has_begun, phase_of
from tests.helpers.cluster_objects import driver, executor, job, profile_in, terminated, waiting

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


def test_only_three_states_are_ends() -> None:
    assert {State.COMPLETED, State.FAILED, State.GONE} == ENDS


def test_a_look_counts_executors_that_work_and_those_to_come(manifest: dict[str, Any]) -> None:
    pods = tuple(executor(manifest, n, phase) for n, phase in enumerate(("Running", "Pending", "Running")))

    look = Look(state=State.RUNNING, executors=pods)

    assert look.running_executors == 2
    assert look.line == "running, 2 executors, 1 to come"
    assert Look(state=State.RUNNING, executors=pods[:1]).line == "running, 1 executors"
    assert Look(state=State.QUEUED).line == "queued"


@pytest.mark.parametrize(
    ("state", "begun"),
    [
        ({"running": {}}, True),
        (terminated(0), True),
        (waiting("ContainerCreating"), False),
        (None, False),
    ],
)
def test_a_container_that_runs_or_ran_has_begun(
    state: dict[str, Any] | None, begun: bool, manifest: dict[str, Any]
) -> None:
    assert has_begun(driver(manifest, "Pending", state=state)) is begun


def test_no_pod_and_one_that_no_node_took_have_not_begun() -> None:
    assert not has_begun(None)
    assert not has_begun({"status": {"phase": "Pending"}})
    assert phase_of({}) == "Unknown"


def test_a_sidecar_is_not_the_driver(manifest: dict[str, Any]) -> None:
    pod = driver(manifest, "Running")
    pod["status"]["containerStatuses"].insert(0, {"name": "proxy", "state": terminated(3)})

    assert container_state(pod, "running") == {}
    assert container_state(pod, "terminated") is None


def test_an_executors_container_has_any_name(manifest: dict[str, Any]) -> None:
    pod = executor(manifest, 1, "Pending", state=waiting("ImagePullBackOff"))

    assert container_state(pod, "waiting") == {"reason": "ImagePullBackOff"}
