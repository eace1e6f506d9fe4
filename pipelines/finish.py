"""What is done at the end of a run, however it ended: nothing is left behind, and people are told."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from featurestore.config import load_profile
from featurestore.config.clouds import fsspec_options
from featurestore.errors import ArtifactNotFound
from featurestore.files import use_options
from featurestore.progress import tell
from pipelines.attempts import attempted
from pipelines.job_list import jobs_in, runner_that_started
from pipelines.job_state import ENDS
from pipelines.notify import message_of, occasions_of, send
from pipelines.run_records import records_of
from pipelines.runners.choose import cluster_of, in_cluster

if TYPE_CHECKING:
    from featurestore.config import Profile
    from pipelines.run_records import TaskRecord


def finish_run(run: str, pipeline: str, *, failed: bool, profile: Profile | None = None) -> str:
    """Ends what still runs of a run and tells what the profile wants told; which occasions, and by which ways.

    Raises `MissingSetting`, `NotificationFailed` where nobody could be told, what the cluster raises.
    """
    profile = profile or load_profile()
    use_options(profile.storage.root_uri, fsspec_options(profile))
    ended = end_jobs(run, profile)
    if ended:
        tell(f"ended what was left: {', '.join(ended)}")
    records: list[TaskRecord] = []
    with suppress(ArtifactNotFound):
        records = records_of(run, profile)
    occasions = occasions_of(records, failed=failed)
    wanted = [one for one in occasions if one in profile.notifications.occasions]
    text = message_of(run, pipeline, occasions, records)
    tell(text)
    subject = f"{pipeline}: {', '.join(occasions)}"
    ways = attempted(lambda: send(subject, text, profile), profile) if wanted else []
    return f"{','.join(occasions)}: {','.join(ways) or 'nobody'} told"


def end_jobs(run: str, profile: Profile) -> list[str]:
    """Deletes the jobs of a run that have not ended, and waits until nothing of them is left; their names."""
    if profile.kubernetes.namespace is None:
        return []
    cluster = cluster_of(profile)
    names = [one.name for one in jobs_in(cluster, run=run) if one.state not in ENDS]
    for name in names:
        in_cluster(runner_that_started(cluster, name), profile).cancel(name)
    return names
