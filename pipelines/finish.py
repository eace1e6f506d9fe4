"""What is done at the end of a run, however it ended: nothing is left behind, and people are told."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from featurestore.config import load_profile
from featurestore.errors import ArtifactNotFound
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from pipelines.attempts import attempted
from pipelines.job_list import jobs_in
from pipelines.job_state import ENDS
from pipelines.notify import message_of, occasions_of, send, ways_of
from pipelines.run_records import records_of
from pipelines.runners.choose import cluster_of, in_cluster
from pipelines.runs import started

if TYPE_CHECKING:
    from featurestore.config import Profile
    from pipelines.run_records import TaskRecord

_MOST_LOOKS = 5


def finish_run(run: str, pipeline: str, *, failed: bool) -> str:
    """Ends what still runs of a run, and tells how it ended; see `tell_end`. The profile is the environment's."""
    profile = load_profile()
    reach_lake(profile)
    ended = end_jobs(run, profile)
    if ended:
        tell(f"ended what was left: {', '.join(ended)}")
    return tell_end(run, pipeline, profile, failed=failed)


def tell_end(run: str, pipeline: str, profile: Profile, *, failed: bool) -> str:
    """Tells whoever the profile names how a run ended, each way by itself; which occasions, and by which ways.

    Raises `MissingSetting`, `NotificationFailed` where nobody took it.
    """
    records: list[TaskRecord] = []
    with suppress(ArtifactNotFound):
        records = records_of(run, profile)
    occasions = occasions_of(records, failed=failed)
    wanted = [one for one in occasions if one in profile.notifications.occasions]
    text = message_of(run, pipeline, occasions, records, resumable=run in started(profile))
    tell(text)
    subject = f"{pipeline}: {', '.join(occasions)}"
    ways = ways_of(profile) if wanted else []
    for way in ways:
        attempted(partial(send, way, subject, text, profile), profile)
    return f"{','.join(occasions)}: {','.join(ways) or 'nobody'} told"


def end_jobs(run: str, profile: Profile) -> list[str]:
    """Deletes the jobs of a run that have not ended, and waits until nothing of them is left; their names.

    Looks again until there is none, since a task may have been about to submit one.
    """
    if profile.kubernetes.namespace is None:
        return []
    cluster, names = cluster_of(profile), []
    for _ in range(_MOST_LOOKS):
        going = [one for one in jobs_in(cluster, run=run) if one.state not in ENDS]
        if not going:
            break
        for one in going:
            in_cluster(one.runner, profile).cancel(one.name)
            names.append(one.name)
    return names
