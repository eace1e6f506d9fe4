"""Runs a SparkApplication in a cluster: starts it, watches it, keeps its driver's log, and leaves nothing behind."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, ClusterUnreachable, JobFailed
from featurestore.progress import tell
from pipelines.diagnosis import Trouble, end_of_driver, in_log
from pipelines.driver_log import DriverLog
from pipelines.job_answer import error_in, error_type_in, last_exception
from pipelines.job_state import State, container_state
from pipelines.runners.base import when_told_to_stop
from pipelines.spark_application import INSTANCE, JOBS
from pipelines.watch import Watch

if TYPE_CHECKING:
    from featurestore.config import Profile
    from pipelines.cluster import Cluster
    from pipelines.job_state import Look
    from pipelines.runners.base import ClusterJobs

_SECONDS_TO_CLEAN = 60.0
_SECONDS_FOR_LATE_PODS = 10.0
"""The operator may be about to submit what was just deleted."""
_SECONDS_BETWEEN = 0.5
_CONFLICT = 409


@dataclass(frozen=True, kw_only=True)
class InClusterRunner:
    """Driver and executors as pods; `jobs` says who makes them."""

    profile: Profile
    cluster: Cluster
    jobs: ClusterJobs
    hurried: ClusterJobs
    """The same by a connection of its own, with no patience: a signal may come while the other one is in use."""

    def run(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Runs the job to its end and gives its report.

        A job of this name that asks for the same is taken up where it is. What its driver writes is told line by
        line and kept in `driver.log` under `<state_directory>/runs/<name>`. When this process is told to stop,
        or nothing can come of the job, it is deleted. Raises `JobFailed`; and `ClusterUnreachable` when the API
        server stays away, while the job goes on.
        """
        name = manifest["metadata"]["name"]
        log = DriverLog(self.cluster, self.log_path(name))
        # Asking where the cluster is loads its client, which a signal's handler could not do half-way through.
        tell(f"{name}: namespace {self.cluster.namespace} of {self.cluster.server}")
        try:
            with when_told_to_stop(lambda: self._hurry(name)):
                found = self._watched(manifest, log)
            if isinstance(found, Trouble):
                raise JobFailed(name, told=found.told, code=None, log=str(log.path), move=found.move)
            log.finish(found.driver)
        finally:
            log.stop()
        return _report(manifest, found, log)

    def log_path(self, name: str) -> Path:
        """Where the log of a job's driver is kept on this machine."""
        return Path(self.profile.state_directory) / "runs" / name / "driver.log"

    def cancel(self, name: str) -> int:
        """Deletes the job and waits until its pods are gone; how many there were.

        Pods that outlive what they belonged to, as when a job is deleted before its driver exists, are deleted
        one by one. Raises `ClusterRefused` where some stay.
        """
        tell(f"deleting {name}")
        seen = {one["metadata"]["uid"] for one in self.cluster.pods({INSTANCE: name})}
        begun = time.monotonic()
        self.jobs.delete(name)
        while True:
            left = self.cluster.pods({INSTANCE: name})
            seen |= {one["metadata"]["uid"] for one in left}
            gone = not left and self.jobs.look(name).state is State.GONE
            took = time.monotonic() - begun
            if gone and (seen or took > _SECONDS_FOR_LATE_PODS):
                return len(seen)
            if took > _SECONDS_TO_CLEAN:
                names = ", ".join(one["metadata"]["name"] for one in left) or name
                raise ClusterRefused(f"deleting {name}", told=f"{names} stays", status=_CONFLICT)
            for one in left:
                if "deletionTimestamp" not in one["metadata"]:
                    self.cluster.delete_pod(one["metadata"]["name"])
            time.sleep(_SECONDS_BETWEEN)

    def _watched(self, manifest: dict[str, Any], log: DriverLog) -> Look | Trouble:
        """How the job ended, or why it was deleted."""
        name = manifest["metadata"]["name"]
        try:
            self.jobs.start(manifest)
            found = Watch(
                jobs=self.jobs,
                cluster=self.cluster,
                manifest=manifest,
                log=log,
                start_seconds=self.profile.kubernetes.start_seconds,
            ).to_end()
            if isinstance(found, Trouble):
                self._give_up(name)
        except KeyboardInterrupt:
            # Whoever was told to stop does not try again because the cluster is away, too.
            self._give_up(name)
            raise
        return found

    def _give_up(self, name: str) -> None:
        """Deletes a job of which nothing can come; why that is so matters more than what stays of it."""
        try:
            self.cancel(name)
        except (ClusterRefused, ClusterUnreachable) as error:
            tell(f"{name} could not be deleted wholly: {error.told}")

    def _hurry(self, name: str) -> None:
        """One request and no more: this may be all that there is time for."""
        with suppress(ClusterRefused, ClusterUnreachable):
            self.hurried.delete(name)


def _report(manifest: dict[str, Any], look: Look, log: DriverLog) -> dict[str, Any]:
    """What the job answered, or the most telling of what is known about its failure."""
    name, ours = manifest["metadata"]["name"], manifest["spec"]["mainApplicationFile"].startswith(JOBS)
    said = error_in(log.answer)
    if look.state is State.COMPLETED and not (ours and said):
        if log.answer or not ours:
            return log.answer or {"job": name, "log": str(log.path)}
        told = "it ended well, and its report is gone with its driver's log"
        raise JobFailed(
            name, told=told, code=0, log=str(log.path), move="Run it again: nothing is written twice."
        )
    code = (container_state(look.driver, "terminated") or {}).get("exitCode")
    outside, executors = end_of_driver(look.driver), in_log(log.tail)
    if look.state is State.GONE:
        outside = Trouble(told="it was deleted while it ran", move="Run it again.")
    known = outside or executors
    raised = None if ours else last_exception(log.tail)
    words = (outside.told if outside else said, executors.told if executors else raised, look.told)
    told = next((one for one in words if one), f"it ended with code {code} and no report")
    raise JobFailed(
        name,
        told=told,
        code=code,
        log=str(log.path),
        move=known.move if known else None,
        error_type=error_type_in(log.answer),
        may_pass=bool(outside and outside.passing),
    )
