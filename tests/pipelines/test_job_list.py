"""The jobs of a namespace, and what is left of those that are no more."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import JobNotFound
from pipelines.job_list import driver_of, jobs_in, log_of, reap, runner_that_started, status_of
from pipelines.job_state import State
from pipelines.runners.choose import in_cluster
from pipelines.spark_application import INSTANCE, PART_OF, RUN
from tests.helpers.cluster_objects import (
    application,
    driver,
    event,
    executor,
    job,
    profile_in,
    terminated,
    unscheduled,
    waiting,
)
from tests.helpers.scripted_api import APPLICATIONS, EVENTS, PODS, Cut, Refusal, ScriptedApi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.cluster import Cluster

OTHER_RUN = "r2"


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


@pytest.fixture
def another(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path), run=OTHER_RUN)


def of_run(pod: dict[str, Any], run: str) -> dict[str, Any]:
    pod["metadata"]["labels"][RUN] = run
    return pod


def test_jobs_are_listed_oldest_first_whoever_started_them(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any], another: dict[str, Any]
) -> None:
    api.put(PODS, of_run(driver(another, native=True), OTHER_RUN))
    api.put(PODS, of_run(executor(another), OTHER_RUN))
    api.put(APPLICATIONS, application(manifest, "RUNNING"))
    api.put(PODS, driver(manifest))
    foreign = application(manifest, "RUNNING")
    foreign["metadata"] |= {"name": "of-somebody", "labels": {}}
    api.put(APPLICATIONS, foreign)

    found = jobs_in(cluster)

    assert [(one.name, one.runner, one.state, one.run) for one in found] == [
        (another["metadata"]["name"], "native", State.RUNNING, "r2"),
        (manifest["metadata"]["name"], "operator", State.RUNNING, "r1"),
    ]
    assert found[0].since < found[1].since
    assert [one.run for one in jobs_in(cluster, run="r1")] == ["r1"]
    assert jobs_in(cluster, run="r3") == []


def test_a_cluster_without_the_operator_lists_its_drivers(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    del api.things[APPLICATIONS]
    api.put(PODS, driver(manifest, "Failed", native=True))

    assert [(one.runner, one.state) for one in jobs_in(cluster)] == [("native", State.FAILED)]
    assert runner_that_started(cluster, manifest["metadata"]["name"]) == "native"


def test_who_started_a_job_is_found(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any], another: dict[str, Any]
) -> None:
    api.put(APPLICATIONS, application(manifest))
    api.put(PODS, driver(manifest))
    api.put(PODS, driver(another))

    assert runner_that_started(cluster, manifest["metadata"]["name"]) == "operator"
    for name in ("nothing", another["metadata"]["name"]):
        with pytest.raises(JobNotFound, match=f"job {name} in namespace growth"):
            runner_that_started(cluster, name)


@pytest.mark.parametrize(
    ("state", "pods", "trouble", "move"),
    [
        ("RUNNING", lambda manifest: [driver(manifest), executor(manifest)], None, False),
        ("COMPLETED", lambda manifest: [driver(manifest, "Succeeded")], None, False),
        ("SUBMITTED", lambda _: [], "FailedCreate: told by an event", False),
        (
            "SUBMITTED",
            lambda manifest: [driver(manifest, "Pending", state=None, conditions=unscheduled("no room"))],
            "no node takes {name}-driver: no room",
            False,
        ),
        (
            "SUBMITTED",
            lambda manifest: [driver(manifest, "Pending", state=waiting("CreateContainerConfigError", "x"))],
            "the container of {name}-driver cannot be made: x",
            True,
        ),
        (
            "FAILED",
            lambda manifest: [driver(manifest, "Failed", state=terminated(137))],
            "the driver was killed (137), as happens above its memory of 1433Mi",
            True,
        ),
    ],
)
def test_a_status_says_what_keeps_a_job(
    state: str,
    pods: Callable[[dict[str, Any]], list[dict[str, Any]]],
    trouble: str | None,
    move: bool,
    api: ScriptedApi,
    manifest: dict[str, Any],
    tmp_path: Path,
) -> None:
    name = manifest["metadata"]["name"]
    api.put(APPLICATIONS, application(manifest, state))
    api.put(EVENTS, event(name, "told by an event", reason="FailedCreate"))
    there = [api.put(PODS, pod) for pod in pods(manifest)]

    found = status_of(name, in_cluster("operator", profile_in(tmp_path)))

    assert found["job"] == name
    assert found["pods"] == {one["metadata"]["name"]: one["status"]["phase"] for one in there}
    assert found["trouble"] == (trouble and trouble.format(name=name))
    assert (found["move"] is not None) is move


def test_a_status_does_without_events_that_may_not_be_read(
    api: ScriptedApi, manifest: dict[str, Any], tmp_path: Path
) -> None:
    api.put(APPLICATIONS, application(manifest, "SUBMISSION_FAILED", errorMessage="told by the operator"))
    api.on(f"GET {EVENTS}", Refusal(403), always=True)

    found = status_of(manifest["metadata"]["name"], in_cluster("operator", profile_in(tmp_path)))

    assert (found["state"], found["trouble"]) == ("retrying", "told by the operator")


def test_the_log_is_that_of_the_newest_driver(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    older = driver(manifest, "Failed")
    older["metadata"]["name"] += "-older"
    api.put(PODS, older)
    name = api.put(PODS, driver(manifest, "Succeeded"))["metadata"]["name"]
    api.write(name, "first", "second one")

    found = driver_of(cluster, manifest["metadata"]["name"])

    assert list(log_of(cluster, found, follow=False)) == ["first", "second one"]
    with pytest.raises(JobNotFound):
        driver_of(cluster, "nothing")


def test_a_log_that_is_followed_goes_on_after_a_cut_until_its_driver_ends(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    pod = api.put(PODS, driver(manifest))
    api.write(pod["metadata"]["name"], "first", "second")
    api.cuts.extend([Cut(40), Cut(60, clean=True)])
    api.on("GET pods/*-driver", None, None, lambda: api.put(PODS, driver(manifest, "Succeeded")))

    assert list(log_of(cluster, pod, follow=True)) == ["first", "second"]


def ended_ago(pod: dict[str, Any], seconds: float | None) -> dict[str, Any]:
    """A native driver that ended so long ago; its time to live is 60 s. Evicted ones have no containers."""
    then = datetime.now(timezone.utc) - timedelta(seconds=seconds or 0)
    state = {
        "terminated": {"exitCode": 0, "finishedAt": None if seconds is None else f"{then:%Y-%m-%dT%H:%M:%SZ}"}
    }
    pod["status"]["containerStatuses"] = [{"name": "spark-kubernetes-driver", "state": state}]
    return pod


def evicted(pod: dict[str, Any]) -> dict[str, Any]:
    pod["status"] |= {"containerStatuses": None, "reason": "Evicted"}
    return pod


def changed(pod: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    pod["metadata"] |= metadata
    return pod


@pytest.mark.parametrize(
    ("pod", "dead"),
    [
        (driver, True),
        (lambda manifest: driver(manifest, "Succeeded"), True),
        (executor, True),
        (lambda manifest: changed(driver(manifest), deletionTimestamp="2024-03-01T00:00:00Z"), False),
        (lambda manifest: changed(driver(manifest), labels=PART_OF), False),
        (lambda manifest: changed(driver(manifest), labels={INSTANCE: "of-somebody"}), False),
        (lambda manifest: driver(manifest, "Pending", native=True), False),
        (lambda manifest: driver(manifest, "Running", native=True), False),
        (lambda manifest: driver(manifest, "Unknown", native=True), False),
        (lambda manifest: ended_ago(driver(manifest, "Succeeded", native=True), 5), False),
        (lambda manifest: ended_ago(driver(manifest, "Succeeded", native=True), 90), True),
        (lambda manifest: ended_ago(driver(manifest, "Failed", native=True), 90), True),
        (lambda manifest: ended_ago(driver(manifest, "Failed", native=True), None), True),
        (lambda manifest: evicted(driver(manifest, "Failed", native=True)), True),
    ],
    ids=[
        *("a driver without its application", "one that ended", "an executor without its driver"),
        *("one that is being deleted", "one of nobody", "one that is not ours"),
        *("native pending", "native running", "native on a lost node", "native just ended"),
        *(
            "native ended long ago",
            "native failed long ago",
            "native that does not say when",
            "native evicted",
        ),
    ],
)
def test_only_what_is_dead_is_reaped(
    pod: Callable[[dict[str, Any]], dict[str, Any]],
    dead: bool,
    api: ScriptedApi,
    cluster: Cluster,
    manifest: dict[str, Any],
) -> None:
    name = api.put(PODS, pod(manifest))["metadata"]["name"]

    assert reap(cluster) == ([name] if dead else [])
    assert (name in api.things[PODS]) is not dead


@pytest.mark.parametrize("state", ["", "RUNNING", "COMPLETED", "FAILED"])
def test_pods_of_an_application_that_is_there_are_left_alone(
    state: str, api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    api.put(APPLICATIONS, application(manifest, state))
    api.put(PODS, driver(manifest, "Succeeded"))
    api.put(PODS, executor(manifest))

    assert reap(cluster) == []


def test_executors_of_a_native_driver_are_left_alone(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    api.put(PODS, driver(manifest, native=True))
    api.put(PODS, executor(manifest))

    assert reap(cluster) == []


def test_what_vanished_meanwhile_was_not_reaped(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    name = api.put(PODS, executor(manifest))["metadata"]["name"]
    api.on("DELETE *", lambda: api.drop(PODS, name))

    assert reap(cluster) == []
