"""What was found when something was looked at."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from featurestore.errors import FeatureStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SECONDS = 8.0
"""How long all may take that asks somebody else."""


class Outcome(str, Enum):
    """How it came out; `skip` is what the profile does not ask for, or what cannot be looked at from here."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line: what was looked at, how it came out, what was seen, and what to do where it failed."""

    check: str
    outcome: Outcome
    seen: str
    fix: str | None = None


class NotLookedAtError(Exception):
    """What a look raises where there is nothing to look at; its text says why."""


class NotAsNeededError(Exception):
    """What a look raises where it saw something that will not do; its text says what."""


def looked(check: str, look: Callable[[], str], *, fix: str) -> Finding:
    """What came of a look: what it returns was seen, what it raises failed."""
    try:
        seen = look()
    except NotLookedAtError as reason:
        return Finding(check=check, outcome=Outcome.SKIP, seen=str(reason))
    except NotAsNeededError as reason:
        return Finding(check=check, outcome=Outcome.FAIL, seen=str(reason), fix=fix)
    except FeatureStoreError as error:
        # Its message ends with its own next move.
        return Finding(check=check, outcome=Outcome.FAIL, seen=_one_line(error), fix=None)
    except Exception as error:  # noqa: BLE001 - each client has errors of its own
        seen = f"{type(error).__name__}: {_one_line(error)}"
        return Finding(check=check, outcome=Outcome.FAIL, seen=seen, fix=fix)
    return Finding(check=check, outcome=Outcome.PASS, seen=seen)


def gathered(
    groups: Mapping[str, Callable[[], Iterable[Finding]]], *, seconds: float = SECONDS
) -> Iterator[Finding]:
    """What all groups find, in their order; they look at the same time, and the time is up for all at once."""
    found: dict[str, list[Finding]] = {name: [] for name in groups}
    threads = {}
    for name, look in groups.items():
        # A client that waits for an answer must not keep the process from ending.
        threads[name] = threading.Thread(
            target=_gather, args=(look, found[name]), name=f"doctor-{name}", daemon=True
        )
        threads[name].start()
    until = time.monotonic() + seconds
    for name, thread in threads.items():
        thread.join(max(0.0, until - time.monotonic()))
        yield from list(found[name])
        if thread.is_alive():
            seen = f"no answer within {seconds:g} s"
            fix = "Check the address in the profile, and that this machine may go there."
            yield Finding(check=name, outcome=Outcome.FAIL, seen=seen, fix=fix)


def _gather(look: Callable[[], Iterable[Finding]], into: list[Finding]) -> None:
    for finding in look():
        into.append(finding)  # noqa: PERF402 - each counts from when it is there


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or "no reason was given"
