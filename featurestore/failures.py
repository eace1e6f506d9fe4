"""What went wrong, for whoever started a step: one line, an exit code and plain data, never a traceback.

what happened                     exit code
done                              0
a step failed, or a defect        1
wrong use or configuration        2
interrupted                       130
"""

from __future__ import annotations

import errno
import platform
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from os import getpid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from featurestore import __version__
from featurestore.errors import EngineFailed, FeatureStoreError

if TYPE_CHECKING:
    from featurestore.config import Profile

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count: 128 and the number of the signal."""

_MACHINE = {
    errno.ENOSPC: ("the disk is full", "Free space there, or use another disk."),
    errno.EDQUOT: ("the disk quota is used up", "Free space there, or have the quota raised."),
    errno.EACCES: ("permission denied", "Change the permissions, or use another place."),
    errno.EPERM: ("permission denied", "Change the permissions, or use another place."),
    errno.EROFS: ("the file system is read-only", "Use another place."),
    errno.EMFILE: ("too many open files", "Raise the limit that `ulimit -n` shows."),
}
"""What the machine refuses, and what to do then."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failure as it is shown: `type` is the error's class, `message` one line, `attributes` plain data."""

    type: str
    message: str
    exit_code: int
    attributes: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object that takes the place of a report."""
        return {
            "error": {
                "type": self.type,
                "message": self.message,
                "exit_code": self.exit_code,
                "attributes": self.attributes,
            }
        }


def failure_of(error: BaseException, profile: Profile | None, *, interrupted: bool = False) -> Failure:
    """Says what an exception means to a user; `profile` is absent where it could not be loaded.

    Errors of Spark and Java become `EngineFailed`. What nobody expected is written to a crash report in the
    profile's logs, and the message names that file. With `interrupted` the error is what Ctrl-C left behind.
    """
    if interrupted or _began_with_interrupt(error):
        message = "Interrupted. Nothing half-written stays: the same command run again resumes."
        return Failure(type="Interrupted", message=message, exit_code=INTERRUPTED)
    if not isinstance(error, FeatureStoreError) and profile is not None:
        error = _of_engine(error, profile) or error
    if isinstance(error, FeatureStoreError):
        return Failure(
            type=type(error).__name__,
            message=one_line(str(error)),
            exit_code=error.exit_code,
            attributes=_plain(vars(error)),
        )
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return _of_machine(error)
    return _of_defect(error, profile)


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def encode(answer: object) -> str:
    """JSON on one line; numbers that JSON has not are null, times ISO 8601 text, paths text."""
    return msgspec.json.encode(answer, enc_hook=str).decode()


def _began_with_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C is behind an error that was raised while cleaning up after it."""
    chain: BaseException | None = error
    while chain is not None and not isinstance(chain, KeyboardInterrupt):
        chain = chain.__cause__ or chain.__context__
    return chain is not None


def _of_engine(error: BaseException, profile: Profile) -> EngineFailed | None:
    """The failure of Spark behind an exception, if it is one; imports Spark only where it was in use."""
    if "py4j" not in sys.modules:
        return None
    from featurestore.offline.engine_failures import engine_failure

    return engine_failure(error, profile)


def _of_machine(error: OSError) -> Failure:
    what, move = _MACHINE[error.errno or 0]
    place = str(error.filename) if error.filename else None
    message = f"The machine refused to go on: {what}{f' at {place}' if place else ''}. {move}"
    return Failure(type=type(error).__name__, message=message, exit_code=1, attributes={"path": place})


def _of_defect(error: BaseException, profile: Profile | None) -> Failure:
    kind, text = type(error).__name__, one_line(str(error))
    report = _write_crash_report(error, profile)
    kept = f"its traceback is in {report}" if report else "its traceback could not be written anywhere"
    message = f"Unexpected {kind}{f' ({text})' if text else ''}: this is a defect, please report it; {kept}."
    attributes = {"crash_report": str(report) if report else None}
    return Failure(type=kind, message=message, exit_code=1, attributes=attributes)


def _write_crash_report(error: BaseException, profile: Profile | None) -> Path | None:
    """Writes to the profile's logs, else to the machine's temporary folder."""
    now = datetime.now(timezone.utc)
    text = (
        f"featurestore {__version__}, Python {platform.python_version()}, {now.isoformat()}\n"
        f"{' '.join(sys.argv)}\n\n{''.join(traceback.format_exception(error))}"
    )
    name = f"crash-{now:%Y%m%dT%H%M%SZ}-{getpid()}.txt"
    folders = [Path(tempfile.gettempdir())]
    if profile is not None:
        folders.insert(0, Path(profile.state_directory) / "logs")
    for folder in folders:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
            return folder / name
    return None


def _plain(attributes: dict[str, Any]) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(encode(attributes))
    return decoded
