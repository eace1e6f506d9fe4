"""What became of each task of a run, in the lake, so that a laptop and a cluster tell it alike.

<root>/_runs/records/<run>/<task>.json        replaced as the task goes on
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.errors import ArtifactNotFound, InvalidRequest
from featurestore.files import exists, join_uri, list_names, write_text
from featurestore.json_files import json_text, read_json
from pipelines.jobs import step_of, subject_of
from pipelines.names import application_name, digest, is_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile
    from featurestore.step_requests import Request

RUNNING, DONE, REUSED, FAILED = "running", "done", "reused", "failed"
INTERRUPTED = "Interrupted"
"""The type of the error of a task that was told to stop."""
_FOLDER = "_runs/records"
_KIND = "the record of a task"


class TaskRecord(msgspec.Struct, kw_only=True):
    """One task of a run; times are UTC."""

    run: str
    task: str
    """A name within the run, made of its step and what that is about."""
    step: str
    request: dict[str, Any]
    started_at: datetime
    state: str = RUNNING
    ended_at: datetime | None = None
    job: str | None = None
    """The job that it started, or took up, on Spark."""
    reused_from: str | None = None
    """The run whose task made what this one hands on."""
    report: dict[str, Any] = msgspec.field(default_factory=dict)
    error: dict[str, Any] | None = None
    """`type` and `message` of what it failed with."""

    def done(self, report: dict[str, Any]) -> dict[str, Any]:
        """It ended well with this report."""
        self.state, self.report = DONE, report
        return report

    def reused(self, report: dict[str, Any], *, run: str) -> dict[str, Any]:
        """An earlier run made the same; nothing was done."""
        self.state, self.report, self.reused_from = REUSED, report, run
        return report


@contextmanager
def recorded(request: Request, profile: Profile, *, run: str) -> Iterator[TaskRecord]:
    """The record of a task from here on; what is said of it in the block is kept at its end, a failure too."""
    record = TaskRecord(
        run=run,
        task=task_name(request),
        step=step_of(request),
        request=request.to_json(),
        started_at=datetime.now(timezone.utc),
    )
    keep(record, profile)
    try:
        yield record
    except (Exception, KeyboardInterrupt) as error:
        record.state, record.error = FAILED, _error(error)
        raise
    finally:
        record.ended_at = datetime.now(timezone.utc)
        keep(record, profile)


def _error(error: BaseException) -> dict[str, Any]:
    """Its class, or that with which a job's step ended, and its message as one line."""
    if isinstance(error, KeyboardInterrupt):
        return {"type": INTERRUPTED, "message": "It was told to stop."}
    kind = getattr(error, "error_type", None) or type(error).__name__
    return {"type": kind, "message": " ".join(str(error).split())}


def task_name(request: Request) -> str:
    """Equal for equal requests, and no two others in a run share one."""
    step = step_of(request)
    return f"{application_name(step, subject_of(request))}-{digest(msgspec.json.encode(request).decode())}"


def keep(record: TaskRecord, profile: Profile) -> None:
    """Writes the record as it is now."""
    write_text(join_uri(_folder(profile, record.run), f"{record.task}.json"), json_text(record))


def record_of(request: Request, profile: Profile, *, run: str) -> TaskRecord | None:
    """What an earlier attempt of the task left in the same run."""
    uri = join_uri(_folder(profile, run), f"{task_name(request)}.json")
    return read_json(uri, TaskRecord, expected=_KIND) if exists(uri) else None


def records_of(run: str, profile: Profile) -> list[TaskRecord]:
    """The tasks of a run that have begun, in that order; `ArtifactNotFound` for a run without any."""
    folder = _folder(profile, run)
    found = [
        read_json(join_uri(folder, name), TaskRecord, expected=_KIND)
        for name in list_names(folder)
        if name.endswith(".json")
    ]
    if not found:
        known = runs_of(profile)
        raise ArtifactNotFound("run", run, known=known, remedy="Choose one that `pipeline list` shows.")
    return sorted(found, key=lambda one: (one.started_at, one.task))


def runs_of(profile: Profile) -> list[str]:
    """The runs of which any task has begun."""
    return list_names(join_uri(profile.storage.root_uri, _FOLDER))


def _folder(profile: Profile, run: str) -> str:
    if not is_run(run):
        raise InvalidRequest("run", expected="letters, digits, dashes, dots and underscores", received=run)
    return join_uri(profile.storage.root_uri, _FOLDER, run)
