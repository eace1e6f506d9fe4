"""Does what a pipeline's task asks for: a job on Spark, watched to its end, or a step that needs none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from featurestore.config import load_profile
from featurestore.definitions import load_project
from featurestore.dev.bootstrap import with_dev_broker
from featurestore.errors import JobFailed
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from pipelines.attempts import attempted, failed_just_now, time_limit
from pipelines.check import checked
from pipelines.light_steps import done_here, is_light
from pipelines.memo import key_of, recall, remember
from pipelines.own_job import NOWHERE
from pipelines.run_records import keep, record_of, recorded, task_name
from pipelines.runners.base import when_told_to_stop
from pipelines.runners.choose import runner_of
from pipelines.spark_application import spark_application

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_requests import Request
    from pipelines.run_records import TaskRecord


def run_step(request: Request, *, run: str) -> dict[str, Any]:
    """The step's report as plain data; the profile is the one that the task's environment names.

    What an earlier run made from the same is handed on, where the profile lets it. Asked again in the same run, a
    job is taken up where it is, and one that ended well is asked for its report. Raises what the step raises,
    `JobFailed` with the job's own words for one on Spark, or where it takes too long.
    """
    profile = with_dev_broker(load_profile())
    project = load_project(profile.project)
    reach_lake(profile)
    before = record_of(request, profile, run=run)
    if before is not None and failed_just_now(before):
        raise _failed_before(before, profile)
    with (
        when_told_to_stop(lambda: None),
        recorded(request, profile, run=run) as record,
        time_limit(task_name(request), profile),
    ):
        return attempted(lambda: _done(request, profile, project, record), profile)


def _failed_before(record: TaskRecord, profile: Profile) -> JobFailed:
    error = record.error or {}
    return JobFailed(
        record.task,
        told=f"moments ago it ended with this, which stays: {error['message']}",
        code=None,
        log=f"{profile.state_directory}/runs",
        move=f"Correct it, then go on with `featurestore pipeline resume {record.run}`.",
        error_type=error["type"],
    )


def _done(request: Request, profile: Profile, project: Project, record: TaskRecord) -> dict[str, Any]:
    """The report, made or remembered."""
    if is_light(request):
        return record.done(done_here(request, profile, project))
    key = key_of(request, profile, project) if profile.pipelines.reuse else None
    made = recall(key, request, profile) if key else None
    if made is not None:
        tell(f"run {made.run} made this from the same: nothing to do")
        return record.reused(made.report, run=made.run)
    report = record.done(run_spark_job(request, profile, run=record.run, record=record))
    # What was there when the job looked may be another champion, or other tables, than what the key was made of.
    if key is not None and key == key_of(request, profile, project):
        remember(key, request, report, profile, run=record.run)
    return report


def run_spark_job(
    request: Request, profile: Profile, *, run: str, record: TaskRecord | None = None
) -> dict[str, Any]:
    """Renders the request's job, checks it, starts it or takes it up, and gives its report.

    Without a namespace in the profile it runs on this machine. The pipeline's task owns what happens after a
    failure, so that the application itself is not started again.
    """
    kind = profile.kubernetes.runner
    if profile.kubernetes.namespace is None:
        kind, profile = "local", replace(profile, kubernetes=replace(profile.kubernetes, namespace=NOWHERE))
    manifest = spark_application(request, profile, run=run, retries=0)
    checked(manifest, profile)
    if record is not None:
        record.job = manifest["metadata"]["name"]
        keep(record, profile)
    return runner_of(kind, profile).run(manifest)
