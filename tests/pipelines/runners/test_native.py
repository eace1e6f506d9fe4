"""Jobs without the operator: a stub stands for `spark-submit`, and the double of the API server for the cluster."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, JobFailed, RunDiffers
from pipelines.job_state import State
from pipelines.runners.native import NativeJobs
from tests.helpers.cluster_objects import driver, executor, job, profile_in
from tests.helpers.next_moves import next_move
from tests.helpers.scripted_api import PODS, ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster

QUOTA = (
    'pods "a-driver" is forbidden: exceeded quota: team, requested: requests.cpu=1, used: requests.cpu=2, '
    "limited: requests.cpu=2"
)
REFUSED = f"""Exception in thread "main" io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: \
POST at: https://10.0.0.1/api/v1/namespaces/growth/pods. Message: {QUOTA}. Received status: Status(code=403).
	at io.fabric8.kubernetes.client.Handler.handle(Handler.java:1)
"""


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


@pytest.fixture
def other(tmp_path: Path) -> dict[str, Any]:
    """The same run's job, which asks for more."""
    return job(profile_in(tmp_path, driver__memory="2g"))


@pytest.fixture
def jobs(cluster: Cluster, tmp_path: Path) -> NativeJobs:
    return NativeJobs(cluster=cluster, folder=tmp_path / "runs")


def stub(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Path:
    """A stub of `spark-submit`: it notes its words and what templates it finds in the file that is returned."""
    noted = folder / "noted.json"
    path = folder / "stub-of-spark-submit"
    path.write_text(
        f"#!{sys.executable}\nimport json, pathlib, sys, time\n"
        "given = [word.split('=', 1) for word in sys.argv if 'podTemplateFile=' in word]\n"
        "texts = {name: pathlib.Path(file).read_text() for name, file in given}\n"
        f"pathlib.Path({str(noted)!r}).write_text(json.dumps([sys.argv[1:], texts]))\n{program}\n"
    )
    path.chmod(0o700)
    monkeypatch.setattr("pipelines.runners.native.spark_submit", lambda: path)
    return noted


def test_a_job_is_submitted_with_its_templates_and_what_was_said_is_kept(
    api: ScriptedApi,
    jobs: NativeJobs,
    manifest: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = stub(tmp_path, monkeypatch, "print('submitted'); print('früh', file=sys.stderr)")

    jobs.start(manifest)

    words, texts = json.loads(noted.read_text())
    assert words[:2] == ["--master", f"k8s://{jobs.cluster.server}"]
    assert len(texts) == 2
    assert all("restartPolicy" not in text and "containers" in text for text in texts.values())
    log = tmp_path / "runs" / manifest["metadata"]["name"] / "submit.log"
    assert set(log.read_text().splitlines()) == {"submitted", "früh"}


@pytest.mark.parametrize(
    ("said", "told"),
    [(REFUSED, QUOTA), ("first\nno such file\n", "no such file"), ("", "spark-submit said nothing")],
    ids=["by a quota", "by itself", "silently"],
)
def test_a_submission_that_fails_is_told_in_the_servers_own_words(
    said: str,
    told: str,
    api: ScriptedApi,
    jobs: NativeJobs,
    manifest: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub(tmp_path, monkeypatch, f"print({said!r}, end=''); sys.exit(1)")

    with pytest.raises(JobFailed) as raised:
        jobs.start(manifest)

    assert raised.value.told == told
    assert raised.value.code == 1
    assert raised.value.log.endswith("submit.log")
    assert next_move(raised.value)


def test_a_submission_that_does_not_end_is_ended(
    api: ScriptedApi,
    jobs: NativeJobs,
    manifest: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.runners.native._SECONDS_TO_SUBMIT", 0.5)
    stub(tmp_path, monkeypatch, "time.sleep(600)")

    with pytest.raises(JobFailed, match=r"did not end within 0\.5 s"):
        jobs.start(manifest)


def test_a_driver_that_a_failing_submission_left_is_taken_up(
    api: ScriptedApi,
    jobs: NativeJobs,
    manifest: dict[str, Any],
    other: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub(tmp_path, monkeypatch, "print('already exists'); sys.exit(1)")
    api.on(f"GET {PODS}/*", None, lambda: api.put(PODS, driver(manifest, native=True)))
    jobs.start(manifest)

    api.drop(PODS, f"{manifest['metadata']['name']}-driver")
    api.on(f"GET {PODS}/*", None, lambda: api.put(PODS, driver(manifest, native=True)))
    with pytest.raises(JobFailed, match="already exists"):
        jobs.start(other)


@pytest.mark.parametrize("phase", ["Pending", "Running", "Succeeded"])
def test_a_job_that_asks_for_the_same_is_taken_up_and_another_left_alone(
    phase: str, api: ScriptedApi, jobs: NativeJobs, manifest: dict[str, Any], other: dict[str, Any]
) -> None:
    there = api.put(PODS, driver(manifest, phase, native=True))

    jobs.start(manifest)
    with pytest.raises(RunDiffers):
        jobs.start(other)

    assert list(api.things[PODS].values()) == [there]


@pytest.mark.parametrize("why", ["failed", "going", "failed and another"])
def test_a_job_that_failed_or_goes_is_made_anew_once_it_is_gone(
    why: str,
    api: ScriptedApi,
    jobs: NativeJobs,
    manifest: dict[str, Any],
    other: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = stub(tmp_path, monkeypatch, "")
    there = driver(manifest, "Running" if why == "going" else "Failed", native=True)
    if why == "going":
        there["metadata"]["deletionTimestamp"] = "2024-03-01T00:00:00Z"
    name = api.put(PODS, there)["metadata"]["name"]
    api.lingering.add(name)
    api.on(f"GET {PODS}", None, lambda: api.drop(PODS, name))

    jobs.start(other if why.endswith("another") else manifest)

    assert noted.exists()
    assert api.count(f"GET {PODS}") == 2


def test_a_driver_that_does_not_go_is_told(
    api: ScriptedApi,
    jobs: NativeJobs,
    manifest: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.runners.native.SECONDS_TO_GO", 0.05)
    noted = stub(tmp_path, monkeypatch, "")
    api.lingering.add(api.put(PODS, driver(manifest, "Failed", native=True))["metadata"]["name"])

    with pytest.raises(ClusterRefused, match="stay"):
        jobs.start(manifest)

    assert not noted.exists()


@pytest.mark.parametrize(
    ("phase", "state"),
    [
        ("Pending", State.STARTING),
        ("Running", State.RUNNING),
        ("Succeeded", State.COMPLETED),
        ("Failed", State.FAILED),
        ("Unknown", State.LOST),
    ],
)
def test_the_state_of_a_job_is_that_of_its_driver(
    phase: str, state: State, api: ScriptedApi, jobs: NativeJobs, manifest: dict[str, Any]
) -> None:
    api.put(PODS, driver(manifest, phase, native=True))
    api.put(PODS, executor(manifest))

    look = jobs.look(manifest["metadata"]["name"])

    assert (look.state, look.running_executors) == (state, 1)


def test_with_its_driver_all_of_a_job_goes(
    api: ScriptedApi, jobs: NativeJobs, manifest: dict[str, Any]
) -> None:
    api.put(PODS, driver(manifest, native=True))
    api.put(PODS, executor(manifest))
    name = manifest["metadata"]["name"]

    jobs.delete(name)
    jobs.delete(name)

    assert jobs.look(name).state is State.GONE
    assert api.things[PODS] == {}
