"""The jobs of a namespace, whoever started them, and what is left of those that are no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from featurestore.errors import JobNotFound
from pipelines.diagnosis import delay, end_of_driver, hopeless, if_allowed, pod_name
from pipelines.driver_log import lines_of
from pipelines.job_state import DRIVER_CONTAINER, ENDS, phase_of
from pipelines.native_submit import TIME_TO_LIVE, WITHOUT_OPERATOR
from pipelines.runners.native import state_of_driver
from pipelines.runners.operator import state_of
from pipelines.spark_application import INSTANCE, PART_OF, ROLE, RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.cluster import Cluster
    from pipelines.job_state import State
    from pipelines.runners.in_cluster import InClusterRunner


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as a list shows it; `runner` is who started it, `since` when, in UTC."""

    name: str
    runner: str
    state: State
    run: str | None
    since: str


def jobs_in(cluster: Cluster, *, run: str | None = None) -> list[Job]:
    """Oldest first; of one run, where one is named."""
    labels = {**PART_OF, **({RUN: run} if run else {})}
    applications = [_job(one, runner="operator", state=state_of(one)) for one in cluster.applications(labels)]
    drivers = [
        _job(one, runner="native", state=state_of_driver(one))
        for one in cluster.pods({**labels, ROLE: "driver"})
        if _without_operator(one)
    ]
    return sorted(applications + drivers, key=lambda one: one.since)


def runner_that_started(cluster: Cluster, name: str) -> str:
    """`operator` or `native`; `JobNotFound` where the namespace has no such job."""
    if cluster.application(name) is not None:
        return "operator"
    if any(_without_operator(one) for one in cluster.pods({INSTANCE: name})):
        return "native"
    raise JobNotFound(name, namespace=cluster.namespace)


def status_of(name: str, runner: InClusterRunner) -> dict[str, Any]:
    """A job now, for people: its state, its pods, and what keeps it from going on."""
    look = runner.jobs.look(name)
    trouble = hopeless(look) or end_of_driver(look.driver)
    pods = [one for one in (look.driver, *look.executors) if one is not None]
    events = [
        event
        for one in pods or [{"metadata": {"name": name}}]
        for event in if_allowed(partial(runner.cluster.events, pod_name(one)))
    ]
    waits = None if look.state in ENDS or look.running_executors else delay(look, events)
    return {
        "job": name,
        "state": look.state.value,
        "pods": {pod_name(one): phase_of(one) for one in pods},
        "trouble": trouble.told if trouble else waits or look.told,
        "move": trouble.move if trouble else None,
    }


def driver_of(cluster: Cluster, name: str) -> dict[str, Any]:
    """The driver's pod that a job has or had last; `JobNotFound` where there is none."""
    drivers = cluster.pods({INSTANCE: name, ROLE: "driver"})
    if not drivers:
        raise JobNotFound(name, namespace=cluster.namespace)
    return max(drivers, key=lambda one: str(one["metadata"]["creationTimestamp"]))


def log_of(cluster: Cluster, driver: dict[str, Any], *, follow: bool) -> Iterator[str]:
    """The lines of a driver's log, without their times; with `follow` until it has ended."""
    if follow:
        yield from lines_of(cluster, driver, stopped=Event())
        return
    for text in cluster.log(pod_name(driver), container=DRIVER_CONTAINER, follow=False):
        yield text.partition(" ")[2]


def reap(cluster: Cluster) -> list[str]:
    """Deletes what is left of jobs that are no more, and gives the names of those pods.

    These are pods whose application is gone, executors whose driver is, and drivers that no operator looks
    after and that have outlived their end by their time to live. Nothing that is alive is touched, nor what
    does not say whose it is.
    """
    pods = cluster.pods(PART_OF)
    names = {one["metadata"]["name"] for one in cluster.applications(PART_OF)}
    drivers = {_instance(one) for one in pods if one["metadata"]["labels"].get(ROLE) == "driver"}
    now = datetime.now(timezone.utc)
    dead = [
        pod
        for pod in pods
        if _instance(pod) not in {"", *names}
        and "deletionTimestamp" not in pod["metadata"]
        and _is_left(pod, drivers, now)
    ]
    return [one["metadata"]["name"] for one in dead if cluster.delete_pod(one["metadata"]["name"])]


def _is_left(pod: dict[str, Any], drivers: Iterable[str], now: datetime) -> bool:
    """Of a pod that belongs to no application."""
    if pod["metadata"]["labels"].get(ROLE) != "driver":
        return _instance(pod) not in drivers
    if not _without_operator(pod):
        return True
    if state_of_driver(pod) not in ENDS:
        return False
    lives = timedelta(seconds=int(pod["metadata"]["annotations"].get(TIME_TO_LIVE, "0")))
    return _ended(pod) + lives < now


def _ended(pod: dict[str, Any]) -> datetime:
    """When its last container did; when it was made, where none says."""
    states = [one.get("state") or {} for one in pod["status"].get("containerStatuses") or []]
    ends = [(one.get("terminated") or {}).get("finishedAt") for one in states]
    last = max((one for one in ends if one), default=pod["metadata"]["creationTimestamp"])
    return datetime.fromisoformat(str(last).replace("Z", "+00:00"))


def _job(thing: dict[str, Any], *, runner: str, state: State) -> Job:
    metadata = thing["metadata"]
    labels = metadata.get("labels", {})
    return Job(
        name=labels.get(INSTANCE, metadata["name"]),
        runner=runner,
        state=state,
        run=labels.get(RUN),
        since=metadata["creationTimestamp"],
    )


def _instance(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"].get(INSTANCE, ""))


def _without_operator(pod: dict[str, Any]) -> bool:
    return WITHOUT_OPERATOR in (pod["metadata"].get("annotations") or {})
