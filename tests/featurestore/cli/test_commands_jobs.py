"""Commands on jobs in a cluster, whose API server a double plays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.cli.app import main
from tests.helpers.cluster_objects import REPORT, application, driver, executor, job, profile_in
from tests.helpers.scripted_api import APPLICATIONS, PODS, ScriptedApi
from tests.helpers.scripted_job import ScriptedJob

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster

JOB = ("history", "--table", "events/visits")


@pytest.fixture
def scripted(api: ScriptedApi, cluster: Cluster, tmp_path: Path) -> ScriptedJob:
    return ScriptedJob(api, cluster, job(profile_in(tmp_path)), tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """What puts a command where the job is."""
    settings = ("kubernetes.namespace=growth", f"state_directory={tmp_path / 'state'}")
    return ["--profile", "kind", *(word for one in settings for word in ("--set", one))]


def answer_of(words: list[str], capsys: pytest.CaptureFixture[str], *, code: int = 0) -> Any:
    assert main(["manifests", *words, "--json", "--quiet"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_job_is_submitted_watched_and_its_report_shown(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ended = driver(scripted.manifest, "Succeeded")
    scripted.api.write(ended["metadata"]["name"], "reading", REPORT)
    scripted.api.on(f"GET {APPLICATIONS}/*", None, None, scripted.becomes("COMPLETED", ended))

    assert main(["manifests", "submit", *JOB, "--run", "r1", "--json", *place]) == 0

    told = capsys.readouterr()
    assert json.loads(told.out) == {"rows": 3}
    assert "reading" in told.err
    assert list(scripted.api.things[APPLICATIONS]) == [scripted.name]


def test_a_job_that_is_submitted_again_in_its_run_is_taken_up(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["submit", *JOB, "--detach", *place]
    first, again = (answer_of([*words, "--run", "r1"], capsys) for _ in range(2))
    other, third = (answer_of(words, capsys) for _ in range(2))

    assert first == again == {"job": scripted.name, "run": "r1"}
    assert len({first["run"], other["run"], third["run"]}) == 3
    assert scripted.api.count("POST *") == 3


def test_a_manifest_that_breaks_a_rule_goes_nowhere(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_of(["submit", *JOB, "--image", "spark:latest", *place], capsys, code=2)

    assert answer["error"]["type"] == "InvalidRequest"
    assert "I101" in answer["error"]["message"]
    assert scripted.api.asked == []


@pytest.mark.parametrize("runner", ["yarn", "local"])
def test_a_runner_that_cannot_leave_a_job_in_a_cluster_is_refused(
    runner: str, api: ScriptedApi, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_of(["submit", *JOB, "--runner", runner, "--detach", *place], capsys, code=2)

    assert answer["error"]["attributes"]["subject"] == "--runner"
    assert runner not in answer["error"]["attributes"]["expected"]


def test_a_profile_says_which_runner_unless_the_command_does(
    api: ScriptedApi, place: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Noted:
        def run(self, manifest: dict[str, Any]) -> dict[str, Any]:
            return {"job": manifest["metadata"]["name"]}

    def runner_of(kind: str, _: object) -> Noted:
        asked.append(kind)
        return Noted()

    monkeypatch.setattr("pipelines.runners.choose.runner_of", runner_of)
    words = ["submit", *JOB, *place, "--set", "kubernetes.runner=native"]
    answer_of(words, capsys)
    answer_of([*words, "--runner", "local"], capsys)

    assert asked == ["native", "local"]


def test_a_status_is_that_of_the_job(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest))()

    answer = answer_of(["status", scripted.name, *place], capsys)

    assert (answer["state"], answer["trouble"]) == ("running", None)
    assert list(answer["pods"].values()) == ["Running", "Running"]


@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_a_log_is_printed_as_it_is(
    follow: list[str], scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.becomes("COMPLETED", driver(scripted.manifest, "Succeeded"))()
    scripted.api.write(f"{scripted.name}-driver", "reading", "", REPORT)

    assert main(["manifests", "logs", scripted.name, *follow, *place]) == 0

    assert capsys.readouterr().out == f"reading\n\n{REPORT}\n"


def test_a_reader_of_a_log_may_go(scripted: ScriptedJob, place: list[str]) -> None:
    scripted.becomes("RUNNING", driver(scripted.manifest))()
    scripted.api.write(f"{scripted.name}-driver", *["line"] * 10_000)
    program = "import sys; from featurestore.cli import main; sys.exit(main())"
    words = ["manifests", "logs", scripted.name, "--follow", *place]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        told = process.stderr.read()

    assert (process.returncode, told) == (1, b"")


def test_a_job_is_cancelled_by_its_name(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.becomes("RUNNING", driver(scripted.manifest), executor(scripted.manifest))()

    assert answer_of(["cancel", scripted.name, *place], capsys) == {"jobs": [scripted.name], "pods": 2}
    assert scripted.api.things[APPLICATIONS] == scripted.api.things[PODS] == {}


def test_all_jobs_of_a_run_are_cancelled_and_no_others(
    scripted: ScriptedJob, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = job(profile_in(tmp_path), run="r2")
    scripted.becomes("RUNNING", driver(scripted.manifest))()
    scripted.api.put(APPLICATIONS, application(other, "RUNNING"))

    assert answer_of(["cancel", "--run", "r1", *place], capsys) == {"jobs": [scripted.name], "pods": 1}
    assert list(scripted.api.things[APPLICATIONS]) == [other["metadata"]["name"]]


@pytest.mark.parametrize("words", [[], ["a", "--run", "r1"]])
def test_what_is_to_be_cancelled_is_said_in_one_way(
    words: list[str], api: ScriptedApi, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer_of(["cancel", *words, *place], capsys, code=2)["error"]["type"] == "InvalidRequest"
    assert api.asked == []


def test_jobs_are_listed_as_lines_and_as_data(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.becomes("RUNNING")()

    assert main(["manifests", "list", *place]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    (data,) = answer_of(["list", "--run", "r1", *place], capsys)["jobs"]

    assert line.split() == [scripted.name, "running", "operator", data["since"], "r1"]
    assert data["state"] == "running"
    assert answer_of(["list", "--run", "r2", *place], capsys) == {"jobs": []}


def test_what_is_left_of_dead_jobs_is_reaped(
    scripted: ScriptedJob, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = scripted.api.put(PODS, executor(scripted.manifest))["metadata"]["name"]

    assert answer_of(["reap", *place], capsys) == {"pods": 1, "names": [name]}
    assert answer_of(["reap", *place], capsys) == {"pods": 0, "names": []}
