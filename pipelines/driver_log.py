"""The log of a job's driver: told as it is written, kept in a file, and read for its answer."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, ClusterUnreachable
from featurestore.progress import tell
from pipelines.job_answer import answer_in
from pipelines.job_state import DRIVER_CONTAINER, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipelines.cluster import Cluster

_KEPT_LINES = 200
_SECONDS_TO_END = 10.0
_SECONDS_BETWEEN = 1.0
_AWAY_SECONDS = 300.0
_OVERLAP_SECONDS = 60
"""A connection may have been dead for a while before it was seen to be."""
_ALIVE = ("Pending", "Running", "Unknown")
_BAD_REQUEST = 400
"""What an API server answers while a container is about to be made."""
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+\S* ")
"""A kubelet writes it before each line of the container, with nine digits after the second, and not before its
own words."""


def lines_of(cluster: Cluster, driver: dict[str, Any], *, stopped: Event) -> Iterator[str]:
    """What a driver writes, each line once, until it has ended, however often the connection is cut.

    Raises `ClusterUnreachable` when the API server stays away, and `ClusterRefused` where logs may not be read.
    """
    name, uid = driver["metadata"]["name"], driver["metadata"]["uid"]
    part, answered, read, quiet = _Part(), time.monotonic(), None, False
    while not stopped.is_set():
        since = None if read is None else int(time.monotonic() - read) + _OVERLAP_SECONDS
        at_once = False
        try:
            now = cluster.pod(name)
            if now is None or now["metadata"]["uid"] != uid:
                return
            answered, ended, new = time.monotonic(), phase_of(now) not in _ALIVE, False
            # A part of a log can look like all of it: the end is where another connection brings nothing new,
            # and only then a last line may be without its end.
            last = ended and quiet
            texts = cluster.log(name, container=DRIVER_CONTAINER, follow=not last, since=since)
            for text in part.unread(texts):
                read, new = time.monotonic(), True
                yield text.partition(" ")[2]
            if last:
                return
            at_once, quiet = ended, ended and not new
        except ClusterUnreachable:
            if time.monotonic() - answered > _AWAY_SECONDS:
                raise
        except ClusterRefused as error:
            if error.status != _BAD_REQUEST:
                raise
        if not at_once:
            stopped.wait(_SECONDS_BETWEEN)


@dataclass
class DriverLog:
    """Follows one driver after another, where a job is started again; a line is told and kept once."""

    cluster: Cluster
    path: Path
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    _lines: Queue[tuple[str, str]] = field(default_factory=Queue)
    _followed: dict[str, Thread] = field(default_factory=dict)
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    _stopped: Event = field(default_factory=Event)
    _mode: str = "w"

    @property
    def answer(self) -> dict[str, Any]:
        """The newest driver's last line that is an object of JSON: a report, or an error."""
        newest = next(reversed(self._followed), "")
        return self._answers.get(newest, {})

    def follow(self, driver: dict[str, Any]) -> None:
        """Begins with this driver, unless it is followed already."""
        uid = driver["metadata"]["uid"]
        if uid not in self._followed:
            self._followed[uid] = Thread(target=self._read, args=(driver,), daemon=True)
            self._followed[uid].start()

    def tell_for(self, seconds: float) -> None:
        """Tells and keeps what comes within so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                uid, line = self._lines.get(timeout=left)
            except Empty:
                return
            self._keep(uid, line)

    def finish(self, driver: dict[str, Any] | None) -> None:
        """Reads to the end what a driver that has ended wrote, also one that was not followed."""
        if driver is not None:
            self.follow(driver)
        for thread in self._followed.values():
            until = time.monotonic() + _SECONDS_TO_END
            while thread.is_alive() and time.monotonic() < until:
                self.tell_for(0.1)
        self.stop()

    def stop(self) -> None:
        """Follows no longer, and tells what has come."""
        self._stopped.set()
        while not self._lines.empty():
            self._keep(*self._lines.get())

    def _read(self, driver: dict[str, Any]) -> None:
        """In a thread of its own."""
        uid = driver["metadata"]["uid"]
        try:
            for line in lines_of(self.cluster, driver, stopped=self._stopped):
                self._lines.put((uid, line))
        except (ClusterUnreachable, ClusterRefused) as error:
            self._lines.put((uid, str(error)))

    def _keep(self, uid: str, line: str) -> None:
        self.tail.append(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open(self._mode, encoding="utf-8") as kept:
            kept.write(f"{line}\n")
        self._mode = "a"
        answer = answer_in(line)
        if answer is None:
            tell(line)
        else:
            self._answers[uid] = answer


@dataclass
class _Part:
    """What was read of a log, by its last line: a connection that begins anew repeats lines."""

    last: str = ""
    times: int = 0
    """How often in a row: two lines may be the same in text and time."""
    newest: str = ""
    """The newest time; lines of two outputs may stand a little out of order."""

    def unread(self, texts: Iterable[str]) -> Iterator[str]:
        """Of a connection's lines, which come in the order of the log, those that none before it gave."""
        to_come = self.times
        for text in texts:
            stamp = _STAMP.match(text)
            if stamp is None:
                continue
            if to_come and stamp[0] <= self.newest:
                to_come -= text == self.last
                continue
            to_come = 0
            self.times = self.times + 1 if text == self.last else 1
            self.last, self.newest = text, max(self.newest, stamp[0])
            yield text
