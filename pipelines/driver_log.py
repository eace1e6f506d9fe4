"""The log of a job's driver: told as it is written, kept in a file, and read for its answer."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, ClusterUnreachable
from featurestore.progress import tell
from pipelines.job_answer import answer_in
from pipelines.job_state import DRIVER_CONTAINER, phase_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster

_KEPT_LINES = 200
_SECONDS_TO_END = 10.0
_SECONDS_BETWEEN = 1.0
_OVERLAP_SECONDS = 60
"""A connection may have been dead for a while before it was seen to be."""
_ALIVE = ("Pending", "Running")


@dataclass
class DriverLog:
    """Follows one driver after another, where a job is started again; a line is told and kept once."""

    cluster: Cluster
    path: Path
    answer: dict[str, Any] = field(default_factory=dict)
    """The last line that is an object of JSON: a report, or an error."""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    _lines: Queue[tuple[str, str]] = field(default_factory=Queue)
    _followed: dict[str, Thread] = field(default_factory=dict)
    _last: str = ""

    def follow(self, driver: dict[str, Any]) -> None:
        """Begins with this driver, unless it is followed already."""
        name, uid = driver["metadata"]["name"], driver["metadata"]["uid"]
        if uid not in self._followed:
            self.answer = {}
            self._followed[uid] = Thread(target=self._read, args=(name, uid), daemon=True)
            self._followed[uid].start()

    def tell_for(self, seconds: float) -> None:
        """Tells and keeps what comes within so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                stamp, line = self._lines.get(timeout=left)
            except Empty:
                return
            self._keep(stamp, line)

    def finish(self, driver: dict[str, Any] | None) -> None:
        """Reads to the end what a driver that has ended wrote."""
        for thread in self._followed.values():
            until = time.monotonic() + _SECONDS_TO_END
            while thread.is_alive() and time.monotonic() < until:
                self.tell_for(0.1)
        while not self._lines.empty():
            self._keep(*self._lines.get())
        if driver is not None:
            for text in self.cluster.log(
                driver["metadata"]["name"], container=DRIVER_CONTAINER, follow=False
            ):
                self._keep(*_parted(text))

    def _read(self, pod: str, uid: str) -> None:
        """In a thread of its own: again and again until the driver has ended or another took its place."""
        read_until: float | None = None
        while True:
            since = None if read_until is None else int(time.monotonic() - read_until) + _OVERLAP_SECONDS
            try:
                for text in self.cluster.log(pod, container=DRIVER_CONTAINER, follow=True, since=since):
                    self._lines.put(_parted(text))
                    read_until = time.monotonic()
                now = self.cluster.pod(pod)
            except (ClusterUnreachable, ClusterRefused):
                # The API server is away, or the container just about to be made: both pass, or the watch says so.
                time.sleep(_SECONDS_BETWEEN)
                continue
            if now is None or now["metadata"]["uid"] != uid or phase_of(now) not in _ALIVE:
                return

    def _keep(self, stamp: str, line: str) -> None:
        """Only what is newer than what was kept last: a connection that begins anew repeats lines.

        Times compare as texts: kubelets write all of them in UTC with nine digits after the second.
        """
        if stamp and stamp <= self._last:
            return
        self._last = stamp or self._last
        self.tail.append(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as kept:
            kept.write(f"{line}\n")
        answer = answer_in(line)
        if answer is None:
            tell(line)
        else:
            self.answer = answer


def _parted(text: str) -> tuple[str, str]:
    """A line's time and its text."""
    stamp, _, line = text.partition(" ")
    return stamp, line
