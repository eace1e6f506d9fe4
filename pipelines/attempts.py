"""How often and how long a task of a pipeline is tried: the one owner of retries.

A failure that may pass is tried again here. Kubeflow starts every task again that failed, since it cannot tell one
whose own pod was lost, which takes up its job where it is, from one that has had its attempts, which ends at once.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, TypeVar

from featurestore import errors
from featurestore.errors import FeatureStoreError, JobFailed
from featurestore.errors.base import Retryable
from featurestore.progress import tell
from pipelines.run_records import FAILED, INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from featurestore.config import Profile
    from pipelines.run_records import TaskRecord

ResultT = TypeVar("ResultT")

KUBEFLOW_RETRIES = 2
KUBEFLOW_RETRY_SECONDS = 30
_MORE_TIME = "Raise pipelines.timeout_minutes if it needs the time."
_SECONDS_A_MINUTE = 60.0
_JUST_NOW = timedelta(minutes=10)
"""Longer than Kubeflow needs to start a task again, also where its pod waits for room."""


def attempted(act: Callable[[], ResultT], profile: Profile, *, before: int = 0) -> ResultT:
    """What the act gives; it is done again, as often as the profile says, after a failure that may pass."""
    try:
        return act()
    except FeatureStoreError as error:
        if before == profile.pipelines.retries or not may_pass(error):
            raise
        seconds = profile.pipelines.retry_seconds * 2**before
        tell(f"trying again in {seconds} s, {before + 1} of {profile.pipelines.retries}: {error}")
        time.sleep(seconds)
    return attempted(act, profile, before=before + 1)


def may_pass(error: FeatureStoreError) -> bool:
    """Whether the same, done again, may go well: by its own class, or by that with which a job's step ended."""
    if isinstance(error, JobFailed):
        return error.may_pass or is_passing(error.error_type)
    return isinstance(error, Retryable)


def is_passing(error_type: str | None) -> bool:
    """Whether errors of this class may pass."""
    kind = getattr(errors, error_type, None) if error_type else None
    return isinstance(kind, type) and issubclass(kind, Retryable)


def failed_just_now(record: TaskRecord | None) -> bool:
    """Whether the task had its attempts moments ago, so that Kubeflow starts it again in vain."""
    if record is None or record.state != FAILED or record.ended_at is None or record.error is None:
        return False
    recent = datetime.now(timezone.utc) - record.ended_at < _JUST_NOW
    return recent and record.error["type"] != INTERRUPTED


@contextmanager
def time_limit(task: str, profile: Profile) -> Iterator[None]:
    """Ends what is in the block after the profile's time, with all that Ctrl-C would clean up, and `JobFailed`.

    Elsewhere than in the main thread, where Python takes no signals, there is no limit.
    """
    minutes = profile.pipelines.timeout_minutes
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    late = False

    def end(_number: int, _frame: object) -> None:
        nonlocal late
        late = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, minutes * _SECONDS_A_MINUTE)
    try:
        yield
    except KeyboardInterrupt as error:
        if late:
            told = f"it took longer than {minutes} minutes and was ended"
            log = f"{profile.state_directory}/runs"
            raise JobFailed(task, told=told, code=None, log=log, move=_MORE_TIME) from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
