"""What all runners have in common: a manifest goes in, the job's report comes out."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.job_state import Look


class Runner(Protocol):
    """Runs jobs, wherever."""

    def run(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Runs the job to its end and gives its report; raises `JobFailed` where it failed."""
        ...


class ClusterJobs(Protocol):
    """Jobs in a cluster, whoever makes their pods."""

    def start(self, manifest: dict[str, Any]) -> None:
        """Starts the job, or takes up the one of its name that asks for the same.

        One that has failed is deleted and started anew. Raises `RunDiffers` where it asks for something else.
        """
        ...

    def look(self, name: str) -> Look:
        """The job now."""
        ...

    def delete(self, name: str) -> None:
        """Asks for the end of the job and of all that belongs to it; fine where nothing is."""
        ...


@contextmanager
def when_told_to_stop(act: Callable[[], None]) -> Iterator[None]:
    """Does this first of all when SIGTERM or Ctrl-C comes, and then raises `KeyboardInterrupt`.

    A pipeline's task has about a second between the two signals of its end. Elsewhere than in the main thread,
    where Python takes no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        act()
        raise KeyboardInterrupt

    before = {one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
