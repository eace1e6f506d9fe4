"""Jobs as processes."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import sparkjobs
from featurestore.config.load import environment
from featurestore.step_requests import IngestBatchRequest, Request
from featurestore.steps.ingest_batch import ingest_batch
from pipelines.jobs import LIGHT_STEPS
from sparkjobs.run_job import answer

ROOT = Path(sparkjobs.__file__).resolve().parents[1]
STEPS = (
    "apply",
    "build_training_set",
    "compute_features",
    "evaluate",
    "history",
    "ingest_batch",
    "ingest_stream",
    "measure_drift",
    "plan",
    "read_table",
    "report_model",
    "score",
    "split",
    "train",
    "validate",
)


@pytest.fixture(autouse=True)
def _everything_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings(tmp_path).items():
        monkeypatch.setenv(name, value)


def settings(folder: Path) -> dict[str, str]:
    return {
        "FEATURESTORE__PROJECT": "tests.helpers.shop:PROJECT",
        "FEATURESTORE__STORAGE__ROOT_URI": f"{folder}/lake",
        "FEATURESTORE__STATE_DIRECTORY": f"{folder}/state",
        "FEATURESTORE__SPARK__DRIVER_MEMORY": "1g",
    }


def test_every_request_has_a_job_or_needs_none() -> None:
    assert len(STEPS) + len(LIGHT_STEPS) == len(Request.__subclasses__())
    found = {path.stem for path in (ROOT / "sparkjobs").glob("*.py")}
    assert found == {*STEPS, "run_job", "with_packages", "__init__"}


@pytest.mark.parametrize("step", STEPS)
def test_a_job_runs_its_step_only_when_it_is_the_program(
    step: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [step, "--profile", "local", "--bogus", "1"])
    runpy.run_module(f"sparkjobs.{step}", run_name="imported")
    with pytest.raises(SystemExit) as end:
        runpy.run_module(f"sparkjobs.{step}", run_name="__main__")

    assert end.value.code == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "InvalidRequest"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["--source"], "InvalidRequest"),
        (["--profile", "nowhere", "--source", "visits"], "UnknownProfile"),
        (["--source", "nothing"], "UnknownDefinition"),
        (["--profile", "local", "--source", "visits", "--path", "/no/such/*.jsonl"], "SourceNotFound"),
    ],
)
def test_wrong_use_is_one_line_json_and_exit_code_2(
    arguments: list[str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(ingest_batch, IngestBatchRequest, arguments) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["type"] == kind
    assert captured.err == f"error: {error['message']}\n"


@pytest.mark.spark
def test_a_job_prints_its_report_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_text(json.dumps({"id": "e1", "user": "u1", "time": "2024-03-01T10:00:00Z"}) + "\n")
    arguments = ["--profile", "local", *IngestBatchRequest(source="visits", path=str(path)).to_argv()]
    done = subprocess.run(
        [sys.executable, "-m", "sparkjobs.ingest_batch", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["inserted"] == 1
    assert "starting Spark" in done.stderr.splitlines()
