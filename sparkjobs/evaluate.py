"""Job: measure a model on test rows."""

from __future__ import annotations

from featurestore.step_requests import EvaluateRequest
from featurestore.steps.evaluate import evaluate
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(evaluate, EvaluateRequest)
