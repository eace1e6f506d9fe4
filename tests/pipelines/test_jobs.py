"""The table of jobs: each job of `sparkjobs`, each request."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    PlanRequest,
    Request,
    ScoreRequest,
)
from pipelines.jobs import JOBS, LIGHT_STEPS, step_of, subject_of

SHELLS = {"__init__", "run_job", "with_packages"}


def test_every_job_is_in_the_table_and_every_request_is_taken_by_one_step() -> None:
    folder = Path(__file__).parents[2] / "sparkjobs"

    assert set(JOBS) == {path.stem for path in folder.glob("*.py")} - SHELLS
    assert list(JOBS.values()) == list(dict.fromkeys(JOBS.values()))
    assert set(JOBS.values()) | set(LIGHT_STEPS.values()) == set(Request.__subclasses__())
    assert not JOBS.keys() & LIGHT_STEPS.keys()


@pytest.mark.parametrize(
    ("request_", "step", "subject"),
    [
        (ComputeFeaturesRequest(view="user_activity"), "compute_features", "user_activity"),
        (BuildTrainingSetRequest(service="churn", name="march"), "build_training_set", "churn"),
        (ScoreRequest(model="churn"), "score", "churn"),
        (PlanRequest(), "plan", ""),
    ],
)
def test_a_request_has_its_step_and_what_it_is_about(request_: Request, step: str, subject: str) -> None:
    assert (step_of(request_), subject_of(request_)) == (step, subject)
