"""The runner of a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.config.cluster import RUNNERS
from featurestore.errors import InvalidRequest, MissingSetting
from pipelines.cluster import Cluster
from pipelines.runners.in_cluster import InClusterRunner
from pipelines.runners.local import LocalRunner
from pipelines.runners.native import NativeJobs
from pipelines.runners.operator import OperatorJobs

if TYPE_CHECKING:
    from featurestore.config import Profile
    from pipelines.runners.base import ClusterJobs, Runner

_HURRIED_SECONDS = 0.5


def runner_of(kind: str, profile: Profile) -> Runner:
    """`operator`, `native` or `local`; `InvalidRequest` names them for any other."""
    if kind == "local":
        return LocalRunner(profile=profile)
    return in_cluster(kind, profile)


def in_cluster(kind: str, profile: Profile) -> InClusterRunner:
    """The runner of jobs in the profile's cluster."""
    cluster = cluster_of(profile)
    return InClusterRunner(
        profile=profile,
        cluster=cluster,
        jobs=_jobs(kind, profile, cluster),
        hurried=_jobs(kind, profile, cluster_of(profile, seconds=_HURRIED_SECONDS)),
    )


def cluster_of(profile: Profile, *, seconds: float | None = None) -> Cluster:
    """The profile's namespace; `seconds` is how long to wait for an answer, where not as long as usual."""
    if profile.kubernetes.namespace is None:
        raise MissingSetting("kubernetes.namespace", tried=[f"profile {profile.name}"])
    patience = {} if seconds is None else {"connect_seconds": seconds, "answer_seconds": seconds}
    return Cluster(namespace=profile.kubernetes.namespace, context=profile.kubernetes.context, **patience)


def _jobs(kind: str, profile: Profile, cluster: Cluster) -> ClusterJobs:
    if kind == "operator":
        return OperatorJobs(cluster=cluster)
    if kind == "native":
        return NativeJobs(cluster=cluster, folder=Path(profile.state_directory) / "runs")
    known = [one for one in RUNNERS if one != "local"] if kind == "local" else RUNNERS
    raise InvalidRequest("--runner", expected=f"one of {', '.join(known)}", received=kind)
