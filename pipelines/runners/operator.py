"""Jobs as SparkApplications, whose pods the Spark Operator makes.

States: Kubeflow Spark Operator 2.5, `api/v1beta2/sparkapplication_types.go`; only COMPLETED and FAILED are ends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, RunDiffers
from pipelines.job_state import Look, State, container_state
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
_SECONDS_TO_GO = 60.0


@dataclass(frozen=True, kw_only=True)
class OperatorJobs:
    """Creates, reads and deletes SparkApplications; a live one is never changed."""

    cluster: Cluster

    def start(self, manifest: dict[str, Any]) -> None:
        """As `ClusterJobs` says."""
        name = manifest["metadata"]["name"]
        found = self.cluster.application(name)
        if found is not None and state_of(found) is State.FAILED:
            self.delete(name)
            self._wait_until_gone(name)
            found = None
        if found is None:
            if self.cluster.create_application(manifest):
                return
            found = self.cluster.application(name)
        if found is None or digest_of(found) != digest_of(manifest):
            raise RunDiffers(name, run=manifest["metadata"]["labels"].get(RUN, ""))

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
        until = time.monotonic() + _SECONDS_TO_GO
        while self.cluster.application(name) is not None or self.cluster.pods({INSTANCE: name}):
            if time.monotonic() > until:
                raise ClusterRefused(f"starting {name} anew", told="what failed before stays", status=409)
            time.sleep(0.5)


def state_of(application: dict[str, Any]) -> State:
    """Its state; one that the operator has not seen yet is starting, or waits for its queue."""
    if application["spec"].get("suspend"):
        return State.QUEUED
    named = application.get("status", {}).get("applicationState", {}).get("state", "")
    return _STATES.get(named, State.LOST)


def digest_of(thing: dict[str, Any]) -> str | None:
    """What it asks for, as whoever made it wrote down."""
    found: str | None = (thing["metadata"].get("annotations") or {}).get(SPEC_DIGEST)
    return found


def _queued(application: dict[str, Any], drivers: list[dict[str, Any]]) -> State | None:
    """A scheduler of groups keeps a driver pending until there is room for the whole group."""
    if "batchScheduler" not in application["spec"] or not drivers:
        return None
    pending = all(one["status"].get("phase") == "Pending" for one in drivers)
    begun = any(container_state(one, "waiting") is not None for one in drivers)
    return State.QUEUED if pending and not begun else None
