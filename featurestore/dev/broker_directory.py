"""A broker's directory: where things lie in it, its lock, and what `up` wrote down there."""

from __future__ import annotations

import fcntl
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from featurestore.errors import BrokerFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.2
_LOG_LINES = 3
_PORT_END = 2**16
_NO_FINDING = ("\tat ", "\t... ", "SLF4J")


@dataclass(frozen=True, kw_only=True)
class BrokerDirectory:
    """Where things lie under a broker's directory (absolute, resolved)."""

    directory: Path

    @property
    def data(self) -> Path:
        """The cluster's storage."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the broker of the latest start had to say."""
        return self.directory / "broker.log"

    @property
    def state(self) -> Path:
        """What the latest start used, as JSON; only ever a hint."""
        return self.directory / "broker.json"

    @property
    def lock(self) -> Path:
        """The file whose lock `up` and `down` hold."""
        return self.directory / "lock"


@contextmanager
def locked(layout: BrokerDirectory, *, deadline: float) -> Iterator[None]:
    """Hold the directory's lock; the system lets go of it when this process ends, however it ends."""
    with layout.lock.open("ab") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    finding, remedy = "another process was still starting or ending it", "Try again."
                    raise BrokerFailed(
                        str(layout.directory), finding=finding, log=str(layout.log), remedy=remedy
                    ) from None
                time.sleep(_POLL_SECONDS)
        yield


def remembered_ports(layout: BrokerDirectory) -> list[int]:
    """The ports of the latest start; none where the state file is missing or broken."""
    try:
        state = json.loads(layout.state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    ports = state.get("ports") if isinstance(state, dict) else None
    if not isinstance(ports, list):
        return []
    return [port for port in ports if type(port) is int and 0 < port < _PORT_END]


def last_lines(log: Path) -> str:
    """The end of a log as one line, without stack traces."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "it wrote no log"
    said = [line.strip() for line in lines if line.strip() and not line.startswith(_NO_FINDING)]
    return " | ".join(said[-_LOG_LINES:]) or "its log is empty"
