"""A double of a Kubernetes API server; the tests below `tests/**/cluster` run the same against a real one.

It keeps applications, pods, events, quotas and logs of one namespace; `scripted_http` speaks over loopback just what
`pipelines.cluster` asks. A test says with `on` what happens at which requests, and reads in `asked` what came.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMESPACE = "growth"
_END: Any = object()
APPLICATIONS, PODS, EVENTS, QUOTAS = "sparkapplications", "pods", "events", "resourcequotas"


@dataclass(frozen=True)
class Refusal:
    """An answer in place of the true one."""

    status: int
    message: str = "said no"
    text: str | None = None
    """The whole answer, in place of a `Status` object with the message."""
    missing: int = 0
    """How many bytes of it never come."""


HANG_UP = Refusal(0)
"""No answer: the connection is closed."""


@dataclass(frozen=True)
class Cut:
    """A log's connection that ends after so many bytes; `clean` as if the log ended there."""

    after: int
    clean: bool = False


@dataclass(frozen=True)
class Asked:
    """A request: such as `GET pods/a/log`, its query and its body."""

    what: str
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class ScriptedApi:
    """The server; `things` are by kind and name, `cuts` for the next connections to logs."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {
            kind: {} for kind in (APPLICATIONS, PODS, EVENTS, QUOTAS)
        }
        self.logs: dict[str, list[str]] = {}
        self.cuts: deque[Cut] = deque()
        self.asked: list[Asked] = []
        self.lingering: set[str] = set()
        """Names that a deletion only marks."""
        self.changed = threading.Condition()
        self._steps: deque[tuple[str, Iterator[Any]]] = deque()
        self._number = itertools.count()

    def on(self, pattern: str, *steps: Refusal | Callable[[], object] | None, always: bool = False) -> None:
        """At each request that fits, such as `GET pods/*`, the next step: an act, then the true answer, or a refusal.

        After the last one all is as before; with `always` they begin anew.
        """
        self._steps.append((pattern, itertools.cycle(steps) if always else iter(steps)))

    def put(self, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        """Adds a thing with what every object has, or changes the one of its name."""
        number = next(self._number)
        made = (datetime(2024, 3, 1, tzinfo=timezone.utc) + timedelta(seconds=number)).isoformat()
        metadata = {"uid": f"uid-{number}", "creationTimestamp": made.replace("+00:00", "Z"), "labels": {}}
        with self.changed:
            there = self.things[kind].get(thing["metadata"]["name"], {}).get("metadata", {})
            kept = {name: there.get(name, value) for name, value in metadata.items() if name != "labels"}
            thing = {**thing, "metadata": {**metadata, **kept, **thing["metadata"]}}
            self.things[kind][thing["metadata"]["name"]] = thing
            self.changed.notify_all()
        return thing

    def drop(self, kind: str, name: str) -> None:
        """Takes a thing away, and what it owns."""
        with self.changed:
            self.things[kind].pop(name, None)
            owned = [
                one
                for one, pod in self.things[PODS].items()
                if any(owner["name"] == name for owner in pod["metadata"].get("ownerReferences", ()))
            ]
            for one in owned:
                self.drop(PODS, one)
            self.changed.notify_all()

    def write(self, pod: str, *lines: str, end: str = "\n") -> None:
        """Appends to a pod's log, each line with a time of its own."""
        with self.changed:
            log = self.logs.setdefault(pod, [])
            for line in lines:
                now = datetime.now(timezone.utc)
                log.append(f"{now:%Y-%m-%dT%H:%M:%S.%f}{len(log) % 1000:03}Z {line}{end}")
            self.changed.notify_all()

    def count(self, pattern: str) -> int:
        """How many requests fit."""
        return sum(fnmatch(one.what, pattern) for one in self.asked)

    def next_step(self, asked: Asked) -> Refusal | None:
        """What the script says to this request."""
        with self.changed:
            self.asked.append(asked)
            for pattern, steps in self._steps:
                if not fnmatch(asked.what, pattern) or (step := next(steps, _END)) is _END:
                    continue
                if callable(step):
                    step()
                return step if isinstance(step, Refusal) else None
        return None
