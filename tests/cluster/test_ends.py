"""How jobs end on real pods when something goes wrong, and that nothing of them stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import JobFailed
from featurestore.step_requests import HistoryRequest, IngestBatchRequest, ReadRequest
from pipelines.job_list import jobs_in, reap
from pipelines.names import new_run
from pipelines.runners.choose import cluster_of, in_cluster
from tests.cluster.conftest import made_team
from tests.helpers.cluster_lake import cluster_folder, put
from tests.helpers.kind import KIND

if TYPE_CHECKING:
    from tests.cluster.conftest import Team

pytestmark = pytest.mark.cluster

EVENTS = 300
RUNNERS = ("native", "operator")


@pytest.fixture(scope="module")
def uri(place: Team, dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A few events in the lake, none of which breaks the contract."""
    from featurestore.clickstream.inputs import prepare

    path = prepare(dataset_path, tmp_path_factory.mktemp("inputs")).json_lines
    few = tmp_path_factory.mktemp("few") / "few.jsonl"
    few.write_text(
        "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:EVENTS]), encoding="utf-8"
    )
    found = f"{place.profile.storage.root_uri}/incoming/few.jsonl"
    put(few, found)
    return found


def test_a_driver_killed_while_it_commits_leaves_a_table_that_the_next_run_completes(
    place: Team, uri: str
) -> None:
    request = IngestBatchRequest(source="clickstream", path=uri)
    run = new_run()

    with pytest.raises(JobFailed, match="deleted while it ran") as raised:
        place.submit(request, run=run, when=("writing", lambda name: place.kill(name, "driver")))
    again = place.submit(request, run=run)

    assert raised.value.job.startswith("ingest-batch-clickstream-")
    table = place.submit(ReadRequest(table="events/clickstream", limit=0))
    assert (again["accepted"], table["rows_total"]) == (EVENTS, EVENTS)


def test_an_executor_that_dies_is_replaced_and_the_job_ends_well(place: Team, uri: str) -> None:
    request = IngestBatchRequest(source="clickstream", path=uri)

    report = place.submit(request, when=("settling", lambda name: place.kill(name, "executor")))

    assert (report["inserted"], report["stale"] + report["superseded"] >= 0) == (0, True)


def test_the_operator_starts_a_killed_driver_again(place: Team, uri: str) -> None:
    request = IngestBatchRequest(source="clickstream", path=uri)

    report = place.submit(
        request, runner="operator", retries=2, when=("settling", lambda name: place.kill(name, "driver"))
    )

    assert report["read"] == EVENTS
    assert any("retrying" in line for line in place.told)


def test_an_application_deleted_while_it_runs_is_a_failed_job_and_leaves_no_pod(place: Team) -> None:
    def delete(name: str) -> None:
        place.kubectl.ok("delete", "sparkapplication", name, "--namespace", place.namespace, "--wait=false")

    with pytest.raises(JobFailed, match="deleted while it ran") as raised:
        place.submit(HistoryRequest(table="events/clickstream"), runner="operator", when=("running", delete))

    assert_gone(place, raised.value.job)


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_image_that_is_nowhere_fails_soon_and_leaves_nothing(place: Team, runner: str) -> None:
    with pytest.raises(JobFailed, match=r"the image nowhere\.invalid/none:1 cannot be had") as raised:
        place.submit(
            HistoryRequest(table="events/clickstream"), runner=runner, image="nowhere.invalid/none:1"
        )

    assert_gone(place, raised.value.job)


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_job_that_fails_says_why_in_its_own_words(place: Team, runner: str) -> None:
    with pytest.raises(JobFailed, match="events/nothing") as raised:
        place.submit(HistoryRequest(table="events/nothing"), runner=runner, retries=0)

    assert raised.value.code == 2
    in_cluster(runner, place.profile).cancel(raised.value.job)
    assert_gone(place, raised.value.job)


def test_a_full_quota_is_named_and_the_job_ended(
    spark_image_in_cluster: str, tmp_path: Path, place: Team, uri: str
) -> None:
    del uri
    settings = {
        "kubernetes.start_seconds": 20,
        "storage.root_uri": place.profile.storage.root_uri,
        "image.name": spark_image_in_cluster,
    }
    with made_team(tmp_path, **settings) as small:
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "one-pod"}}
        given = {**quota, "spec": {"hard": {"pods": "1"}}}
        small.kubectl.ok("apply", "--namespace", small.namespace, "--filename", "-", given=given)

        with pytest.raises(JobFailed, match="the quota one-pod has no room for an executor") as raised:
            small.submit(ReadRequest(table="events/clickstream"))

        assert raised.value.move == "Raise the quota, or use fewer or smaller executors."
        small.vanishes()


def test_a_watch_outlives_a_restart_of_the_api_server(place: Team, uri: str) -> None:
    def restart(_name: str) -> None:
        # At once: told to stop, it serves who watches for up to a minute more.
        pid = (cluster_folder() / "run" / "kube-apiserver.pid").read_text(encoding="utf-8").split()[0]
        os.kill(int(pid), signal.SIGKILL)
        threading.Thread(target=start_again, daemon=True).start()

    def start_again() -> None:
        time.sleep(2)
        subprocess.run([str(KIND / "processes" / "up.sh")], check=True, capture_output=True)

    request = IngestBatchRequest(source="clickstream", path=uri)
    report = place.submit(request, when=("settling", restart))

    assert report["read"] == EVENTS
    assert any("the API server does not answer" in line for line in place.told)


@pytest.mark.parametrize(("runner", "number"), [("native", signal.SIGINT), ("operator", signal.SIGTERM)])
def test_a_submit_that_is_told_to_stop_deletes_its_job(
    place: Team, runner: str, number: signal.Signals
) -> None:
    storage, state = place.profile.storage, place.profile.state_directory
    settings = {
        "kubernetes.namespace": place.namespace,
        "storage.root_uri": storage.root_uri,
        "storage.endpoint": storage.endpoint,
        "image.name": place.profile.image.name,
        "state_directory": state,
    }
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    job = [
        "manifests",
        "submit",
        "history",
        "--table",
        "events/clickstream",
        "--runner",
        runner,
        "--run",
        new_run(),
    ]
    command = [str(Path(sys.executable).parent / "featurestore"), *job, "--profile", "kind", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        name = next(line for line in process.stderr if "running" in line).split("] ")[1].split(":")[0]
        process.send_signal(number)
        process.stderr.read()

    assert process.returncode == 130
    assert_gone(place, name)


def test_reaping_deletes_what_outlived_its_job_and_nothing_else(place: Team) -> None:
    cluster = cluster_of(place.profile)
    before = {job.name for job in jobs_in(cluster)}
    labels = {
        "app.kubernetes.io/part-of": "featurestore",
        "app.kubernetes.io/instance": "long-gone",
        "spark-role": "executor",
    }
    container = {"name": "one", "image": "nowhere.invalid/none:1", "securityContext": SAFE}
    orphan = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "orphan", "labels": labels},
        "spec": {"containers": [container], "nodeSelector": {"featurestore/nowhere": "true"}},
    }
    place.kubectl.ok("create", "--namespace", place.namespace, "--filename", "-", given=orphan)

    assert reap(cluster) == ["orphan"]
    assert {job.name for job in jobs_in(cluster)} == before


SAFE = {
    "runAsNonRoot": True,
    "runAsUser": 185,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def assert_gone(place: Team, name: str) -> None:
    """Nothing whose name begins with the job's is left within a minute."""
    until = time.monotonic() + 60
    while any(f"/{name}" in one for one in place.left()):
        assert time.monotonic() < until, place.left()
        time.sleep(1)
