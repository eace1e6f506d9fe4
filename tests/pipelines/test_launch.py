"""A task's step: a job of its own on Spark, or done here where it needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.errors import ArtifactNotFound, JobFailed, SourceNotFound
from featurestore.progress import listening
from featurestore.step_requests import (
    PinInputRequest,
    PlanRequest,
    ReadRequest,
    RegisterModelRequest,
    ValidateRequest,
)
from pipelines.launch import run_step
from pipelines.run_records import records_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A laptop's profile, as a task's environment names it."""
    monkeypatch.setenv("FEATURESTORE_PROFILE", "local")
    monkeypatch.setenv("FEATURESTORE__STORAGE__ROOT_URI", str(tmp_path / "lake"))
    monkeypatch.setenv("FEATURESTORE__STATE_DIRECTORY", str(tmp_path / "state"))
    return tmp_path


@pytest.mark.spark
def test_a_step_on_spark_is_a_job_of_the_run_with_a_log_of_its_own(folder: Path) -> None:
    report = run_step(PlanRequest(), run="run-1")

    assert report["step"] == "plan"
    (log,) = (folder / "state" / "runs").glob("plan-*/driver.log")
    assert '"step": "plan"' in log.read_text() or '"step":"plan"' in log.read_text()


@pytest.mark.spark
def test_a_job_that_fails_is_told_in_its_own_words(folder: Path) -> None:
    with pytest.raises(JobFailed, match="events/clickstream"):
        run_step(ReadRequest(table="events/clickstream"), run="run-1")


def test_steps_that_need_no_spark_are_done_here(folder: Path) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    pinned = run_step(PinInputRequest(source="clickstream", path=str(folder / "*.jsonl")), run="run-1")

    assert pinned["files"] == 1
    with pytest.raises(SourceNotFound):
        run_step(PinInputRequest(source="clickstream", path=str(folder / "none")), run="run-1")
    with pytest.raises(ArtifactNotFound):
        run_step(RegisterModelRequest(model="m", version=1, training_set="june"), run="run-1")
    assert not (folder / "state").exists()


def test_what_failed_moments_ago_for_a_reason_that_stays_is_not_tried_again(folder: Path) -> None:
    request = PinInputRequest(source="clickstream", path=str(folder / "none.jsonl"))
    with pytest.raises(SourceNotFound) as first:
        run_step(request, run="run-1")
    (folder / "none.jsonl").write_text("{}\n")

    # Kubeflow starts it again at once; whoever mended the cause starts another run, or waits.
    with pytest.raises(JobFailed, match="moments ago") as again:
        run_step(request, run="run-1")
    assert str(first.value) in str(again.value)
    assert run_step(request, run="run-2")["files"] == 1


@pytest.mark.spark
def test_what_was_made_from_the_same_is_handed_on_and_with_reuse_off_made_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    pinned = run_step(PinInputRequest(source="clickstream", path=str(folder / "*.jsonl")), run="run-1")
    request = ValidateRequest(source="clickstream", pinned=pinned["pinned"])
    told: list[str] = []

    first = run_step(request, run="run-1")
    with listening(told.append):
        again = run_step(request, run="run-2")
    monkeypatch.setenv("FEATURESTORE__PIPELINES__REUSE", "false")
    anew = run_step(request, run="run-3")

    assert first == again == anew
    assert told == ["run run-1 made this from the same: nothing to do"]
    states = {
        run: [one.state for one in records_of(run, load_profile()) if one.step == "validate"]
        for run in ("run-1", "run-2", "run-3")
    }
    assert states == {"run-1": ["done"], "run-2": ["reused"], "run-3": ["done"]}
