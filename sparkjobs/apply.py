"""Job: put the project's definitions in force."""

from __future__ import annotations

from featurestore.step_requests import ApplyRequest
from featurestore.steps.apply import apply
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(apply, ApplyRequest)
