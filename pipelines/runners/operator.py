"""Jobs as SparkApplications, whose pods the Spark Operator makes.

States: Kubeflow Spark Operator 2.5, `api/v1beta2/sparkapplication_types.go`; only COMPLETED and FAILED are ends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, RunDiffers
from pipelines.job_state import ENDS, Look, State, container_state
from pipelines.spark_application import INSTANCE, ROLE, RUN, SPEC_DIGEST

if TYPE_CHECKING:
    from pipelines.cluster import Cluster

_STATES = {
    "": State.STARTING,
    "SUBMITTED": State.STARTING,
    "RESUMING": State.STARTING,
    "RUNNING": State.RUNNING,
    "SUCCEEDING": State.RUNNING,
    "FAILING": State.RETRYING,
    "SUBMISSION_FAILED": State.RETRYING,
    "PENDING_RERUN": State.RETRYING,
    "INVALIDATING": State.RETRYING,
    "SUSPENDING": State.QUEUED,
    "SUSPENDED": State.QUEUED,
    "UNKNOWN": State.LOST,
    "COMPLETED": State.COMPLETED,
    "FAILED": State.FAILED,
}
SECONDS_TO_GO = 60.0
"""How long pods of an earlier job may take to end: those that stay would be taken for the new one's."""
SECONDS_BETWEEN = 0.5


@dataclass(frozen=True, kw_only=True)
class OperatorJobs:
    """Creates, reads and deletes SparkApplications; a live one is never changed."""

    cluster: Cluster

    def start(self, manifest: dict[str, Any]) -> None:
        """As `ClusterJobs` says."""
        name = manifest["metadata"]["name"]
        found = self.cluster.application(name)
        if found is not None and (state_of(found) is State.FAILED or is_going(found)):
            self.delete(name)
            found = None
        if found is None:
            self._wait_until_gone(name)
            if self.cluster.create_application(manifest):
                return
            found = self.cluster.application(name)
        if found is None or not asks_for_the_same(found, manifest):
            raise RunDiffers(name, run=manifest["metadata"]["labels"].get(RUN, "unnamed"))

    def look(self, name: str) -> Look:
        """As `ClusterJobs` says."""
        application = self.cluster.application(name)
        if application is None:
            return Look(state=State.GONE)
        pods = self.cluster.pods({INSTANCE: name})
        drivers = [one for one in pods if one["metadata"]["labels"].get(ROLE) == "driver"]
        status = application.get("status", {})
        return Look(
            state=_queued(application, drivers) or state_of(application),
            told=status.get("applicationState", {}).get("errorMessage") or None,
            driver=max(drivers, key=lambda one: str(one["metadata"]["creationTimestamp"]), default=None),
            executors=tuple(one for one in pods if one["metadata"]["labels"].get(ROLE) == "executor"),
        )

    def delete(self, name: str) -> None:
        """As `ClusterJobs` says."""
        self.cluster.delete_application(name)

    def _wait_until_gone(self, name: str) -> None:
        until = time.monotonic() + SECONDS_TO_GO
        while self.cluster.application(name) is not None or self.cluster.pods({INSTANCE: name}):
            if time.monotonic() > until:
                told = "pods of its name stay"
                raise ClusterRefused(f"starting {name} anew", told=told, status=409)
            time.sleep(SECONDS_BETWEEN)


def state_of(application: dict[str, Any]) -> State:
    """Its state; one that the operator has not seen yet is starting, or waits for its queue."""
    named = application.get("status", {}).get("applicationState", {}).get("state", "")
    state = _STATES.get(named, State.LOST)
    return State.QUEUED if application["spec"].get("suspend") and state not in ENDS else state


def digest_of(thing: dict[str, Any]) -> str | None:
    """What it asks for, as whoever made it wrote down."""
    found: str | None = (thing["metadata"].get("annotations") or {}).get(SPEC_DIGEST)
    return found


def asks_for_the_same(thing: dict[str, Any], manifest: dict[str, Any]) -> bool:
    """Whether what is there is the manifest's; of a manifest without a run nobody can tell."""
    return digest_of(manifest) is not None and digest_of(thing) == digest_of(manifest)


def is_going(thing: dict[str, Any]) -> bool:
    """Whether it is being deleted."""
    return "deletionTimestamp" in thing["metadata"]


def _queued(application: dict[str, Any], drivers: list[dict[str, Any]]) -> State | None:
    """A scheduler of groups keeps a driver pending until there is room for the whole group."""
    if "batchScheduler" not in application["spec"] or not drivers:
        return None
    pending = all(one["status"].get("phase") == "Pending" for one in drivers)
    begun = any(container_state(one, "waiting") is not None for one in drivers)
    return State.QUEUED if pending and not begun else None
