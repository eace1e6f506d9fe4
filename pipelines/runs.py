"""Runs of pipelines that were started by hand: what was asked for, and what came of it.

<root>/_runs/runs/<run>.json        replaced when the run ends
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.errors import ArtifactNotFound
from featurestore.files import join_uri, list_names, write_text
from featurestore.json_files import json_text, read_json
from pipelines.run_records import DONE, FAILED, REUSED, RUNNING, records_of, runs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featurestore.config import Profile
    from pipelines.run_records import TaskRecord

_FOLDER = "_runs/runs"
HERE, KUBEFLOW = "here", "kubeflow"
_METRICS = ("auc", "pr_auc", "log_loss", "precision", "recall")


class RunRecord(msgspec.Struct, kw_only=True):
    """One run; times are UTC."""

    run: str
    pipeline: str
    """As it was asked for: a name of ours, `package.module:function`, or a file."""
    parameters: dict[str, Any]
    document: dict[str, Any]
    """The compiled pipeline, for no place yet: what a run that goes on from this one does."""
    where: str
    """`here`, or `kubeflow`."""
    started_at: datetime
    state: str = RUNNING
    ended_at: datetime | None = None
    resumed_from: str | None = None


def begin_run(
    run: str,
    pipeline: str,
    document: dict[str, Any],
    parameters: dict[str, Any],
    profile: Profile,
    *,
    where: str,
    resumed_from: str | None = None,
) -> RunRecord:
    """Writes down that a run begins."""
    record = RunRecord(
        run=run,
        pipeline=pipeline,
        document=document,
        parameters=parameters,
        where=where,
        started_at=datetime.now(timezone.utc),
        resumed_from=resumed_from,
    )
    _keep(record, profile)
    return record


def end_run(record: RunRecord, profile: Profile, *, failed: bool) -> None:
    """Writes down how a run ended."""
    record.state, record.ended_at = FAILED if failed else DONE, datetime.now(timezone.utc)
    _keep(record, profile)


def run_of(run: str, profile: Profile) -> RunRecord:
    """What was asked for; `ArtifactNotFound` lists the runs that were started by hand."""
    uri = _uri(run, profile)
    if run not in started(profile):
        remedy = "Choose one that `pipeline list` shows."
        raise ArtifactNotFound("run", run, known=started(profile), remedy=remedy)
    return read_json(uri, RunRecord, expected="the record of a run")


def started(profile: Profile) -> list[str]:
    """The runs that were started by hand, oldest name first."""
    names = list_names(join_uri(profile.storage.root_uri, _FOLDER))
    return [name.removesuffix(".json") for name in names if name.endswith(".json")]


def run_list(profile: Profile) -> list[dict[str, Any]]:
    """Every run of the lake, those that a schedule started too, newest first: run, pipeline, state, times, tasks."""
    by_hand = set(started(profile))
    found = []
    for run in sorted(by_hand | set(runs_of(profile))):
        record = run_of(run, profile) if run in by_hand else None
        tasks = records_of(run, profile) if run in runs_of(profile) else []
        begun = record.started_at if record else tasks[0].started_at
        found.append(
            {
                "run": run,
                "pipeline": record.pipeline if record else None,
                "where": record.where if record else KUBEFLOW,
                "state": record.state if record and record.where == HERE else state_of(tasks),
                "started_at": begun,
                "tasks": len(tasks),
            }
        )
    return sorted(found, key=lambda one: one["started_at"], reverse=True)


def state_of(tasks: Sequence[TaskRecord]) -> str:
    """What tasks that have begun say of their run; one that goes on may be between two tasks."""
    states = {one.state for one in tasks}
    if FAILED in states:
        return FAILED
    return RUNNING if RUNNING in states or not states else DONE


def summary_of(run: str, profile: Profile) -> dict[str, Any]:
    """What a run came to: its tasks, the jobs that it started on Spark, its model with metrics, what it reused."""
    asked = run_of(run, profile) if run in started(profile) else None
    # Of one that was started just now no task has begun; of others there is nothing else.
    tasks = records_of(run, profile) if asked is None or run in runs_of(profile) else []
    jobs = [one.job for one in tasks if one.job is not None]
    return {
        "run": run,
        "pipeline": asked.pipeline if asked else None,
        "state": asked.state if asked and asked.where == HERE else state_of(tasks),
        "model": _model(tasks),
        "metrics": _metrics(tasks),
        "spark_jobs": len(jobs),
        "reused": sum(one.state == REUSED for one in tasks),
        "reused_from": sorted({one.reused_from for one in tasks if one.reused_from}),
        "error": next((one.error["message"] for one in tasks if one.error), None),
        "tasks": [_task(one) for one in tasks],
    }


def _task(record: TaskRecord) -> dict[str, Any]:
    ended = record.ended_at or datetime.now(timezone.utc)
    return {
        "task": record.task,
        "state": record.state,
        "seconds": round((ended - record.started_at).total_seconds(), 1),
        "job": record.job,
        "reused_from": record.reused_from,
        "error": record.error["message"] if record.error else None,
    }


def _model(tasks: Sequence[TaskRecord]) -> str | None:
    """`model@version` of the last task that speaks of one."""
    named = [one.report for one in tasks if one.report.get("model") and one.report.get("version")]
    return f"{named[-1]['model']}@{named[-1]['version']}" if named else None


def _metrics(tasks: Sequence[TaskRecord]) -> dict[str, Any]:
    measured = [one.report["metrics"] for one in tasks if one.step == "evaluate" and one.report]
    return {name: measured[-1].get(name) for name in _METRICS} if measured else {}


def _keep(record: RunRecord, profile: Profile) -> None:
    write_text(_uri(record.run, profile), json_text(record))


def _uri(run: str, profile: Profile) -> str:
    return join_uri(profile.storage.root_uri, _FOLDER, f"{run}.json")
