"""Why Spark or Java failed: the deepest cause in one line, and the setting that helps where one does."""

from __future__ import annotations

import re
from contextlib import suppress
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException

from featurestore.errors import EngineFailed
from featurestore.offline.session import spark_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featurestore.config import Profile

_TRACE = "Trace:"
"""Py4J's word before what Java said of a call it did not take."""

_SHUT_DOWN = "SparkContext was shut down"
"""What a job says that was cut off while Java ended for another reason."""

_TAIL_BYTES = 1 << 18
_MOST_CAUSES = 20
_TASK = re.compile(r"most recent failure: (?:Lost task .*?\([^()]* executor [^()]*\): )?(.*)")
_KNOWN = (
    (r"No space left on device|Disk quota exceeded", "the disk is full; free space there or use another"),
    (r"Permission denied|AccessControlException|AccessDeniedException", "permission denied"),
    (r"Read-only file system", "the file system is read-only"),
    (r"Too many open files", "too many open files; raise the limit that `ulimit -n` shows"),
    (
        r"Java heap space|GC overhead limit exceeded|OutOfMemoryError",
        "Java ran out of memory; raise the setting spark.driver_memory",
    ),
)
"""Problems of the machine, and what to do; the first that occurs in any cause is the one to tell."""


def engine_failure(error: BaseException, profile: Profile) -> EngineFailed | None:
    """The `EngineFailed` that an error of Spark, Py4J or Java means; `None` for any other error.

    Where Java itself has ended, its log is searched for the reason.
    """
    if not isinstance(error, Py4JError | PySparkException) and not _found_java_gone(error):
        return None
    log = spark_log(profile)
    causes = list(_causes(error))
    if not causes or any(_SHUT_DOWN in cause for cause in causes):
        return EngineFailed(finding=_death(log, profile), log=str(log))
    known = _known("\n".join(causes), profile)
    finding = causes[-1] if known is None else f"{known} ({causes[-1]})"
    return EngineFailed(finding=finding.rstrip("."), log=str(log))


def _found_java_gone(error: BaseException) -> bool:
    """Whether a connection failed inside Py4J: cleaning up after Java has ended fails in this way."""
    frames = list(walk_tb(error.__traceback__))
    inside = bool(frames) and str(frames[-1][0].f_globals.get("__name__")).startswith("py4j.")
    return isinstance(error, ConnectionError) and inside


def _causes(error: BaseException) -> Iterator[str]:
    """One line for each cause, outermost first; none where Java no longer answers."""
    if isinstance(error, Py4JJavaError):
        yield from _java_causes(error.java_exception)
    elif isinstance(error, PySparkException):
        origin = getattr(error, "_origin", None)
        if origin is not None:
            yield from _java_causes(origin)
        else:
            yield _telling_line(getattr(error, "desc", None) or str(error))
    elif _TRACE in str(error):
        yield _telling_line(str(error).partition(_TRACE)[2])


def _java_causes(thrown: Any) -> Iterator[str]:
    with suppress(Py4JError, OSError):
        for _ in range(_MOST_CAUSES):
            if thrown is None:
                return
            text = thrown.getMessage()
            name = str(thrown.getClass().getSimpleName())
            yield f"{name}: {_telling_line(text)}" if text else name
            thrown = thrown.getCause()


def _telling_line(text: str) -> str:
    """The first line, but of a failed task its reason, and of a Python worker's traceback the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    failed = _TASK.search(lines[0])
    if failed:
        return failed.group(1)
    return lines[-1] if any(line.startswith("Traceback") for line in lines) else lines[0]


def _known(text: str, profile: Profile) -> str | None:
    for pattern, meaning in _KNOWN:
        if re.search(pattern, text):
            is_memory = meaning.endswith("spark.driver_memory")
            return f"{meaning}, now {profile.spark.driver_memory}" if is_memory else meaning
    return None


def _death(log: Path, profile: Profile) -> str:
    """Why Java is gone, as far as its log tells."""
    known = None
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        known = _known(file.read().decode("utf-8", errors="replace"), profile)
    return (
        f"Java ended: {known}" if known else "Java ended without saying why; the machine may be out of memory"
    )
