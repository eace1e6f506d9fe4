"""Watches a job in a cluster to its end: one look after another, so that nothing is missed by not being told."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterUnreachable
from featurestore.progress import tell
from pipelines.diagnosis import Trouble, delay, full_quota, hopeless, if_allowed, pod_name
from pipelines.job_state import ENDS, State, has_begun

if TYPE_CHECKING:
    from pipelines.cluster import Cluster
    from pipelines.driver_log import DriverLog
    from pipelines.job_state import Look
    from pipelines.runners.base import ClusterJobs

_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.5, 3.0
_SECONDS_UNTIL_ASKED = 5.0
"""A job that starts as it should is not asked why it does not."""
_WAIT = "Give it room in the cluster, or raise kubernetes.start_seconds."
_AWAY_SECONDS = 300.0
"""How long the API server may be away; the job goes on without us."""


@dataclass
class Watch:
    """One job; `start_seconds` is how long a driver, then a first executor, may take once it is let in."""

    jobs: ClusterJobs
    cluster: Cluster
    manifest: dict[str, Any]
    log: DriverLog
    start_seconds: float
    _told: str = ""
    _begun: bool = False
    _missing: str | None = None
    _pause: float = field(default_factory=lambda: _SHORTEST_SECONDS)
    _waiting_since: float = field(default_factory=time.monotonic)
    _away_since: float | None = None

    def to_end(self) -> Look | Trouble:
        """The last look, or why waiting longer is of no use; the job is then still there.

        Raises `ClusterUnreachable` when the API server stays away; the job may then still run.
        """
        while True:
            look = self._look()
            if look is not None:
                if look.state in ENDS:
                    return look
                trouble = self._judge(look)
                if trouble is not None:
                    return trouble
            self.log.tell_for(self._pause)
            self._pause = min(self._pause * 1.5, _LONGEST_SECONDS)

    def _look(self) -> Look | None:
        try:
            look = self.jobs.look(self._name)
        except ClusterUnreachable as error:
            now = time.monotonic()
            self._away_since = self._away_since or now
            if now - self._away_since > _AWAY_SECONDS:
                raise
            self._tell(f"the API server does not answer, {self._name} goes on: {error.told}")
            return None
        if self._away_since is not None:
            # Nobody saw what the job did meanwhile, so that this time does not count as its waiting.
            self._waiting_since += time.monotonic() - self._away_since
            self._away_since = None
        self._tell(f"{self._name}: {look.line}")
        if has_begun(look.driver):
            assert look.driver is not None  # noqa: S101 - only a pod has begun
            self.log.follow(look.driver)
        return look

    def _judge(self, look: Look) -> Trouble | None:
        """Whether it makes sense to wait on; a queue may take as long as it takes."""
        trouble = hopeless(look)
        if trouble is not None:
            return trouble
        now = time.monotonic()
        self._begun = self._begun or look.running_executors > 0
        missing = self._what_is_missing(look)
        if missing is None or missing != self._missing:
            self._missing, self._waiting_since = missing, now
            return None
        if now - self._waiting_since < _SECONDS_UNTIL_ASKED:
            return None
        quota, why = self._why(look)
        if why:
            self._tell(f"{self._name} waits: {why}")
        if now - self._waiting_since < self.start_seconds:
            return None
        told = f"{missing} within {self.start_seconds:g} s: {why or look.state.value}"
        return Trouble(told=told, move=quota.move if quota else _WAIT)

    def _what_is_missing(self, look: Look) -> str | None:
        """What is waited for, said as it is when it does not come; a driver and an executor have a time each."""
        if look.state is State.QUEUED or (look.state is State.RUNNING and self._begun):
            return None
        if look.state is State.RUNNING:
            return "its first executor did not start"
        return "its driver's node did not answer" if look.state is State.LOST else "its driver did not start"

    def _why(self, look: Look) -> tuple[Trouble | None, str | None]:
        """A full quota, else the cluster's own words; nothing where this account may not ask."""
        # A pod that is there has passed the quota.
        if look.state is State.RUNNING and not look.executors:
            quota = full_quota(self.manifest, if_allowed(self.cluster.quotas))
            if quota is not None:
                return quota, quota.told
        # What delayed a driver that runs is of yesterday.
        waiting = look.executors if look.state is State.RUNNING else (look.driver,)
        named = [pod_name(one) for one in waiting if one is not None] or [self._name]
        events = [event for one in named for event in if_allowed(partial(self.cluster.events, one))]
        return None, delay(look, events)

    @property
    def _name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    def _tell(self, line: str) -> None:
        """Each thing once, until something else is to be said."""
        if line != self._told:
            self._told = line
            tell(line)
