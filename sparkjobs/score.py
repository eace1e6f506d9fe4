"""Job: predict into a model's predictions table."""

from __future__ import annotations

from featurestore.step_requests import ScoreRequest
from featurestore.steps.score import score
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(score, ScoreRequest)
