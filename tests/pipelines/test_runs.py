"""Runs that were started by hand, and what they came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.errors import ArtifactBroken, ArtifactNotFound
from featurestore.step_requests import (
    EvaluateRequest,
    PinInputRequest,
    PlanRequest,
    RegisterModelRequest,
    TrainRequest,
)
from pipelines.run_records import recorded
from pipelines.runs import begin_run, end_run, run_list, run_of, summary_of

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

METRICS = {"auc": 0.8, "pr_auc": 0.5, "log_loss": 0.3, "precision": 0.6, "recall": 0.4, "rows": 9}


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})


def whole_run(profile: Profile, run: str, *, reused: bool) -> None:
    with recorded(PinInputRequest(source="clicks"), profile, run=run) as record:
        record.done({"pinned": "files@1"})
    with recorded(TrainRequest(training_set="june", model="m"), profile, run=run) as record:
        report = {"model": "m", "version": 3}
        if reused:
            record.reused(report, run="r-1")
        else:
            record.job = "train-m-1"
            record.done(report)
    request = EvaluateRequest(model="m", version=3, training_set="june")
    with recorded(request, profile, run=run) as record:
        record.job = None if reused else "evaluate-m-1"
        report = {"model": "m", "version": 3, "metrics": METRICS}
        _ = record.reused(report, run="r-1") if reused else record.done(report)
    registering = RegisterModelRequest(model="m", version=3, training_set="june")
    with recorded(registering, profile, run=run) as record:
        record.done({"model": "m", "version": 3, "alias": "champion"})


def test_a_summary_names_model_metrics_and_the_jobs_on_spark(profile: Profile) -> None:
    asked = begin_run("r-1", "clickstream", {}, {"batch": True}, profile, where="here")
    whole_run(profile, "r-1", reused=False)
    end_run(asked, profile, failed=False)

    found = summary_of("r-1", profile)
    assert (found["model"], found["spark_jobs"], found["reused"], found["state"]) == ("m@3", 2, 0, "done")
    assert found["metrics"] == {name: METRICS[name] for name in METRICS if name != "rows"}
    assert [one["job"] for one in found["tasks"]] == [None, "train-m-1", "evaluate-m-1", None]
    assert run_of("r-1", profile) == asked


def test_a_run_that_reused_everything_started_no_job_and_says_whose_work_it_was(profile: Profile) -> None:
    whole_run(profile, "r-1", reused=False)
    whole_run(profile, "r-2", reused=True)

    found = summary_of("r-2", profile)
    assert (found["model"], found["spark_jobs"], found["reused"]) == ("m@3", 0, 2)
    assert found["reused_from"] == ["r-1"]


def test_a_failure_is_in_the_summary_with_its_cause(profile: Profile) -> None:
    asked = begin_run("r-1", "clickstream", {}, {}, profile, where="here")

    def fail() -> None:
        with recorded(PlanRequest(), profile, run="r-1"):
            raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        fail()
    end_run(asked, profile, failed=True)

    found = summary_of("r-1", profile)
    assert (found["state"], found["error"], found["model"]) == ("failed", "no room", None)


def test_runs_are_listed_newest_first_those_of_a_schedule_too(profile: Profile) -> None:
    begin_run("r-1", "clickstream", {}, {}, profile, where="here")
    whole_run(profile, "by-schedule", reused=False)
    begin_run("r-3", "retrain", {}, {}, profile, where="kubeflow")

    found = run_list(profile)
    assert [(one["run"], one["pipeline"], one["where"], one["state"], one["tasks"]) for one in found] == [
        ("r-3", "retrain", "kubeflow", "running", 0),
        ("by-schedule", None, "kubeflow", "done", 4),
        ("r-1", "clickstream", "here", "running", 0),
    ]


def test_a_run_of_which_no_task_has_begun_has_a_summary(profile: Profile) -> None:
    begin_run("r-1", "clickstream", {}, {}, profile, where="kubeflow")

    found = summary_of("r-1", profile)
    assert (found["state"], found["tasks"], found["model"]) == ("running", [], None)


def test_what_is_not_there_is_told_from_what_is(profile: Profile, tmp_path: Path) -> None:
    begin_run("r-1", "clickstream", {}, {}, profile, where="here")

    with pytest.raises(ArtifactNotFound) as raised:
        run_of("r-2", profile)
    assert raised.value.known == ("r-1",)
    (tmp_path / "_runs/runs/r-1.json").write_text("{")
    with pytest.raises(ArtifactBroken, match=r"r-1\.json"):
        run_of("r-1", profile)
