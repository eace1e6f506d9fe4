"""The log of a run, or of the job of one of its tasks: from this machine, else from the cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.errors import ArtifactNotFound
from featurestore.lake_access import reach_lake
from pipelines.job_list import driver_of, log_of
from pipelines.run_here import run_folder
from pipelines.run_records import records_of
from pipelines.runners.choose import cluster_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile
    from pipelines.run_records import TaskRecord


def run_log(run: str, task: str | None, profile: Profile) -> Iterator[str]:
    """Its lines; without a task those of the whole run here, or of all its jobs one after the other in a cluster.

    Raises `ArtifactNotFound` for a task that started no job, `JobNotFound` where the cluster keeps none.
    """
    reach_lake(profile)
    whole = run_folder(run, profile) / "run.log"
    if task is None and whole.is_file():
        yield from _lines(whole)
        return
    found = records_of(run, profile)
    if task is not None:
        found = [one for one in found if task in {one.task, one.step}]
        if not found:
            known = [one.task for one in records_of(run, profile)]
            raise ArtifactNotFound("task", task, known=known, remedy="Choose one of these.")
    for one in found:
        yield from _of_task(one, profile)


def _of_task(one: TaskRecord, profile: Profile) -> Iterator[str]:
    yield f"== {one.task}: {one.state}\n"
    if one.job is None:
        said = f"run {one.reused_from} made it" if one.reused_from else "it started no job"
        yield f"{said}\n"
        return
    kept = Path(profile.state_directory) / "runs" / one.job / "driver.log"
    if kept.is_file():
        yield from _lines(kept)
        return
    cluster = cluster_of(profile)
    for line in log_of(cluster, driver_of(cluster, one.job), follow=False):
        yield f"{line}\n"


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from file
