"""Objects of a cluster as an API server gives them: applications, pods, events and quotas of one job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.config import load_profile
from featurestore.step_requests import HistoryRequest
from pipelines.native_submit import TIME_TO_LIVE, WITHOUT_OPERATOR
from pipelines.spark_application import INSTANCE, PART_OF, ROLE, RUN, SPEC_DIGEST, spark_application
from tests.helpers.scripted_api import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

RUN_NAME = "r1"
REPORT = '{"rows": 3}'


def profile_in(folder: Path, **settings: object) -> Profile:
    """A profile of a cluster whose state is kept in this folder; `__` stands for the dot of a setting's name."""
    stated = {"kubernetes.namespace": NAMESPACE, "state_directory": str(folder / "state")}
    own = {key.replace("__", "."): value for key, value in settings.items()}
    return load_profile("kind", overrides={**stated, **own}, variables={})


def job(profile: Profile, *, run: str | None = RUN_NAME) -> dict[str, Any]:
    """The manifest of a job."""
    return spark_application(HistoryRequest(table="events/visits"), profile, run=run)


def application(manifest: dict[str, Any], state: str = "", **status: object) -> dict[str, Any]:
    """The manifest as it is in a cluster, in a state of the operator."""
    return {
        **manifest,
        "metadata": dict(manifest["metadata"]),
        "spec": dict(manifest["spec"]),
        "status": {"applicationState": {"state": state, **status}},
    }


def driver(manifest: dict[str, Any], phase: str = "Running", *, native: bool = False, **status: Any) -> Any:
    """The driver's pod; its container is as the phase says unless a `state` of it is given."""
    made = _pod(manifest, "driver", f"{manifest['metadata']['name']}-driver", phase, status)
    if native:
        digest = manifest["metadata"].get("annotations", {}).get(SPEC_DIGEST)
        kept = {WITHOUT_OPERATOR: "true", TIME_TO_LIVE: "60", SPEC_DIGEST: digest}
        made["metadata"]["annotations"] = {name: value for name, value in kept.items() if value}
        del made["metadata"]["ownerReferences"]
    return made


def executor(manifest: dict[str, Any], number: int = 1, phase: str = "Running", **status: Any) -> Any:
    """One of its executors, which the driver owns."""
    name = manifest["metadata"]["name"]
    made = _pod(manifest, "executor", f"{name}-exec-{number}", phase, status)
    made["metadata"]["ownerReferences"] = [{"name": f"{name}-driver"}]
    return made


def terminated(code: int, reason: str = "Error") -> dict[str, Any]:
    """The state of a container that has ended."""
    return {"terminated": {"exitCode": code, "reason": reason, "finishedAt": "2024-03-01T00:01:00Z"}}


def waiting(reason: str, message: str | None = None) -> dict[str, Any]:
    """The state of a container that is not there yet."""
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def unscheduled(message: str) -> list[dict[str, Any]]:
    """The conditions of a pod that no node takes."""
    return [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]


def event(name: str, message: str, *, reason: str = "Failed", kind: str = "Warning", at: str = "1") -> Any:
    """What was said about an object of this name."""
    return {
        "metadata": {"name": f"{name}.{at}"},
        "involvedObject": {"name": name},
        "type": kind,
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
    }


def quota(hard: dict[str, str], used: dict[str, str], *, name: str = "team") -> dict[str, Any]:
    """A quota, and how much of it is used."""
    return {"metadata": {"name": name}, "status": {"hard": hard, "used": used}}


_STATES: dict[str, dict[str, Any]] = {
    "Pending": waiting("ContainerCreating"),
    "Running": {"running": {}},
    "Succeeded": terminated(0, "Completed"),
    "Failed": terminated(1),
}


def _pod(
    manifest: dict[str, Any], role: str, name: str, phase: str, status: dict[str, Any]
) -> dict[str, Any]:
    state = status.pop("state", _STATES.get(phase, {}))
    container = {"name": f"spark-kubernetes-{role}", "image": manifest["spec"]["image"]}
    limits = {"limits": {"memory": "1433Mi"}}
    owner = manifest["metadata"]["name"]
    labels = {**PART_OF, INSTANCE: owner, ROLE: role, RUN: RUN_NAME}
    return {
        "metadata": {"name": name, "labels": labels, "ownerReferences": [{"name": owner}]},
        "spec": {"containers": [{**container, "resources": limits}]},
        "status": {
            "phase": phase,
            "containerStatuses": [{"name": container["name"], "state": state}] if state else None,
            **status,
        },
    }
