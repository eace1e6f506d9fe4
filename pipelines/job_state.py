"""What one look at a job in a cluster finds, in one vocabulary whoever started it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

DRIVER_CONTAINER = "spark-kubernetes-driver"
"""Spark's name for it; sidecars may stand beside it."""


class State(str, Enum):
    """Where a job is in its life; only the last three are ends."""

    QUEUED = "queued"
    """Nobody works on it yet: a queue has not let it in."""
    STARTING = "starting"
    RUNNING = "running"
    RETRYING = "retrying"
    """An attempt failed, and whoever owns retries makes another."""
    LOST = "lost"
    """The node does not say how the driver is."""
    COMPLETED = "completed"
    FAILED = "failed"
    GONE = "gone"
    """It was there, and nothing of it is left."""


ENDS = frozenset({State.COMPLETED, State.FAILED, State.GONE})


@dataclass(frozen=True, kw_only=True)
class Look:
    """A job at one moment; pods as the API server has them."""

    state: State
    told: str | None = None
    """What the operator says of its state."""
    driver: dict[str, Any] | None = None
    executors: tuple[dict[str, Any], ...] = ()

    @property
    def running_executors(self) -> int:
        """How many work."""
        return sum(phase_of(one) == "Running" for one in self.executors)

    @property
    def line(self) -> str:
        """For people."""
        waiting = len(self.executors) - self.running_executors
        counts = f"{self.running_executors} executors" + (f", {waiting} to come" if waiting else "")
        return f"{self.state.value}, {counts}" if self.executors else self.state.value


def phase_of(pod: dict[str, Any]) -> str:
    """Pending, Running, Succeeded, Failed or Unknown."""
    return str(pod.get("status", {}).get("phase", "Unknown"))


def container_state(pod: dict[str, Any] | None, kind: str) -> dict[str, Any] | None:
    """How Spark's container `waiting`, `running` or `terminated`; absent where it is in another state.

    Of a pod without Spark's name for it, an executor's, the first container that is so.
    """
    statuses = (pod or {}).get("status", {}).get("containerStatuses") or []
    named = [one for one in statuses if one["name"] == DRIVER_CONTAINER] or statuses
    found = (one.get("state", {}).get(kind) for one in named)
    return next((one for one in found if one is not None), None)


def has_begun(pod: dict[str, Any] | None) -> bool:
    """Whether its container has written, or may have."""
    return any(container_state(pod, kind) is not None for kind in ("running", "terminated"))
