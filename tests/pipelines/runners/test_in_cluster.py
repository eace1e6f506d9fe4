"""A job in a cluster from its submission to its report, its failures in words, and its end when told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, ClusterUnreachable, JobFailed
from featurestore.progress import listening
from pipelines.runners.choose import in_cluster
from tests.helpers.cluster_objects import (
    REPORT,
    application,
    driver,
    executor,
    job,
    profile_in,
    quota,
    terminated,
    unscheduled,
    waiting,
)
from tests.helpers.next_moves import next_move
from tests.helpers.scripted_api import APPLICATIONS, HANG_UP, PODS, QUOTAS, Cut, Refusal, ScriptedApi
from tests.helpers.scripted_job import ScriptedJob

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster
    from pipelines.runners.in_cluster import InClusterRunner

OWN_WORDS = '{"error": {"message": "Expected a table events/visits, found none."}}'


@pytest.fixture
def runner(api: ScriptedApi, tmp_path: Path) -> InClusterRunner:
    return in_cluster("operator", profile_in(tmp_path))


@pytest.fixture
def hasty(api: ScriptedApi, tmp_path: Path) -> InClusterRunner:
    """One that waits a second for a driver or an executor."""
    return in_cluster("operator", profile_in(tmp_path, kubernetes__start_seconds=1))


@pytest.fixture
def scripted(api: ScriptedApi, cluster: Cluster, tmp_path: Path) -> ScriptedJob:
    return ScriptedJob(api, cluster, job(profile_in(tmp_path)), tmp_path)


def ends(scripted: ScriptedJob, state: str, pod: dict[str, Any], *lines: str, told: str = "") -> None:
    """The job runs once and ends so, with these lines in its driver's log."""
    manifest = scripted.manifest
    scripted.api.write(pod["metadata"]["name"], *lines)
    scripted.api.on(
        f"GET {APPLICATIONS}/*",
        None,
        None,
        scripted.becomes("RUNNING", driver(manifest), executor(manifest)),
        scripted.becomes(state, pod, told=told),
    )


def failure(runner: InClusterRunner, scripted: ScriptedJob) -> JobFailed:
    with pytest.raises(JobFailed) as raised:
        runner.run(scripted.manifest)
    assert next_move(raised.value)
    assert raised.value.log == str(runner.log_path(scripted.name))
    return raised.value


def test_a_job_gives_its_report_and_keeps_its_log(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    ends(scripted, "COMPLETED", driver(scripted.manifest, "Succeeded"), "writing 3 rows", REPORT)

    assert runner.run(scripted.manifest) == {"rows": 3}
    assert runner.log_path(scripted.name).read_text() == f"writing 3 rows\n{REPORT}\n"
    assert scripted.api.count("DELETE *") == 0


def test_a_report_is_had_through_cuts_and_an_absent_server(
    runner: InClusterRunner, scripted: ScriptedJob
) -> None:
    ends(scripted, "COMPLETED", driver(scripted.manifest, "Succeeded"), "writing", REPORT)
    scripted.api.cuts.extend([Cut(3), Cut(50), Cut(50, clean=True), Cut(60)])
    scripted.api.on("GET pods/*", HANG_UP, None, Refusal(503))

    assert runner.run(scripted.manifest) == {"rows": 3}
    assert runner.log_path(scripted.name).read_text() == f"writing\n{REPORT}\n"


def test_a_job_of_another_file_needs_no_report(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    scripted.manifest["spec"]["mainApplicationFile"] = "local:///opt/mine.py"
    ends(scripted, "COMPLETED", driver(scripted.manifest, "Succeeded"), "done", '{"error": 0.25')

    assert runner.run(scripted.manifest) == {
        "job": scripted.name,
        "log": str(runner.log_path(scripted.name)),
    }


def test_an_end_without_its_report_is_no_success(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    scripted.becomes("COMPLETED")()

    error = failure(runner, scripted)

    assert "its report is gone with its driver's log" in error.told
    assert error.code == 0


@pytest.mark.parametrize(
    ("pod", "lines", "told", "move"),
    [
        ({}, [OWN_WORDS], "Expected a table events/visits, found none.", None),
        ({}, ["nothing of use"], "driver container failed with ExitCode: 1", None),
        ({"state": terminated(137, "OOMKilled")}, [], "the driver was killed (137)", "driver.memory"),
        ({"reason": "Evicted", "message": "no disk"}, [OWN_WORDS], "taken from its node (Evicted)", "nodes"),
        (
            {},
            ["ERROR: exited with exit code 137(SIGKILL)"],
            "executors were killed (137)",
            "executors.memory",
        ),
    ],
    ids=["its own words", "the operator's words", "memory", "eviction", "executors' memory"],
)
def test_a_failure_is_told_by_who_knows_best_and_never_a_success(
    pod: dict[str, Any],
    lines: list[str],
    told: str,
    move: str | None,
    runner: InClusterRunner,
    scripted: ScriptedJob,
) -> None:
    ended = driver(scripted.manifest, "Failed", **{"state": terminated(1), **pod})
    ends(scripted, "FAILED", ended, *lines, told="driver container failed with ExitCode: 1")

    error = failure(runner, scripted)

    assert told in error.told
    assert (move in error.move) if move and error.move else error.move is move
    assert error.code == ended["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"]


def test_a_report_does_not_make_a_failure_good(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    ends(scripted, "FAILED", driver(scripted.manifest, "Failed"), REPORT)

    assert failure(runner, scripted).told == "it ended with code 1 and no report"


def test_words_of_a_failure_are_one_whatever_the_operator_says(
    runner: InClusterRunner, scripted: ScriptedJob
) -> None:
    ends(scripted, "COMPLETED", driver(scripted.manifest, "Succeeded"), OWN_WORDS)

    assert failure(runner, scripted).told.startswith("Expected a table")


def test_a_job_that_is_deleted_by_another_failed(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    scripted.api.on(
        f"GET {APPLICATIONS}/*",
        *(None, None, scripted.becomes("RUNNING", driver(scripted.manifest))),
        lambda: scripted.api.drop(APPLICATIONS, scripted.name),
    )

    assert failure(runner, scripted).told == "it was deleted while it ran"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"state": waiting("ImagePullBackOff", "not found")}, "cannot be had"),
        ({"state": waiting("CreateContainerConfigError", "no secret")}, "cannot be made: no secret"),
        ({"state": None, "conditions": unscheduled("Insufficient cpu")}, "Insufficient cpu"),
    ],
)
def test_what_can_never_start_is_deleted_and_told(
    state: dict[str, Any], told: str, hasty: InClusterRunner, scripted: ScriptedJob
) -> None:
    pod = driver(scripted.manifest, "Pending", **state)
    scripted.api.on(f"GET {APPLICATIONS}/*", None, None, scripted.becomes("SUBMITTED", pod))

    assert told in failure(hasty, scripted).told
    assert scripted.api.things[APPLICATIONS] == scripted.api.things[PODS] == {}


def test_a_full_quota_is_told_though_what_it_stopped_does_not_go(
    hasty: InClusterRunner, scripted: ScriptedJob
) -> None:
    pod = driver(scripted.manifest)
    scripted.api.put(QUOTAS, quota({"pods": "1"}, {"pods": "1"}))
    scripted.api.on(f"GET {APPLICATIONS}/*", None, None, scripted.becomes("RUNNING", pod))
    scripted.api.lingering.add(pod["metadata"]["name"])

    error = failure(hasty, scripted)

    assert "the quota team has no room" in error.told
    assert error.move is not None
    assert error.move.startswith("Raise the quota")


def test_a_job_that_runs_is_taken_up_where_it_is(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest))()
    ends(scripted, "COMPLETED", driver(scripted.manifest, "Succeeded"), "said before", REPORT)

    assert runner.run(scripted.manifest) == {"rows": 3}
    assert scripted.api.count("POST *") == 0


def test_a_server_that_stays_away_leaves_the_job_alone(
    runner: InClusterRunner, scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.watch._AWAY_SECONDS", 0.05)
    scripted.becomes("RUNNING", driver(scripted.manifest))()
    scripted.api.on(f"GET {APPLICATIONS}/*", None)
    scripted.api.on("*", HANG_UP, always=True)

    with pytest.raises(ClusterUnreachable):
        runner.run(scripted.manifest)

    assert scripted.api.count("DELETE *") == 0


def test_a_cancelled_job_is_gone_with_its_pods(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest))()

    assert runner.cancel(scripted.name) == 2
    assert scripted.api.things[APPLICATIONS] == scripted.api.things[PODS] == {}


def test_pods_that_come_late_are_deleted_too(
    runner: InClusterRunner, scripted: ScriptedJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.runners.in_cluster._SECONDS_FOR_LATE_PODS", 60.0)
    monkeypatch.setattr("pipelines.runners.in_cluster._SECONDS_TO_CLEAN", 60.0)
    api, pod = scripted.api, driver(scripted.manifest)
    scripted.becomes("SUBMITTED")()
    # The operator was about to submit what is deleted just now.
    api.on(f"GET {PODS}", None, None, None, lambda: api.put(PODS, pod))

    assert runner.cancel(scripted.name) == 1
    assert api.things[PODS] == {}
    assert api.count(f"DELETE {PODS}/*") == 1


def test_pods_that_stay_are_named(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    pod = driver(scripted.manifest)
    scripted.becomes("RUNNING", pod)()
    scripted.api.things[PODS][pod["metadata"]["name"]]["metadata"]["ownerReferences"] = []
    scripted.api.lingering.add(pod["metadata"]["name"])

    with pytest.raises(ClusterRefused, match=f"{pod['metadata']['name']} stays"):
        runner.cancel(scripted.name)

    assert scripted.api.count(f"DELETE {PODS}/*") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_told_to_stop_deletes_first_and_then_cleans_up(
    number: signal.Signals, scripted: ScriptedJob, tmp_path: Path
) -> None:
    api, pod = scripted.api, driver(scripted.manifest)
    del pod["metadata"]["ownerReferences"]
    api.on(f"GET {APPLICATIONS}/*", None, None, scripted.becomes("RUNNING", pod))
    command = [sys.executable, "-m", "tests.helpers.run_a_job", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line.endswith(": running\n"):
                break
        before = len(api.asked)
        os.kill(process.pid, number)
        told, trace = process.stdout.read(), process.stderr.read()

    assert trace.splitlines()[-1] == "KeyboardInterrupt"
    assert f"deleting {scripted.name}" in told
    after = [one.what for one in api.asked[before:]]
    deletion = f"DELETE {APPLICATIONS}/{scripted.name}"
    assert after.count(deletion) == 2
    # The look that was under way, and the log's thread, may come before it, and no more.
    assert after.index(deletion) < after.index(f"DELETE {PODS}/{pod['metadata']['name']}")
    assert all(what.startswith("GET ") for what in after[: after.index(deletion)])
    assert api.things[APPLICATIONS] == api.things[PODS] == {}


def test_where_the_cluster_is_is_told_first(runner: InClusterRunner, scripted: ScriptedJob) -> None:
    told: list[str] = []
    scripted.api.put(APPLICATIONS, application(scripted.manifest, "FAILED"))
    scripted.api.on("POST *", Refusal(403, "quota"))

    with listening(told.append), pytest.raises(ClusterRefused, match="quota"):
        runner.run(scripted.manifest)

    assert told == [f"{scripted.name}: namespace growth of {runner.cluster.server}"]
