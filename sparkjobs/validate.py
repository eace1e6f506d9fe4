"""Job: hold input against its contract."""

from __future__ import annotations

from featurestore.step_requests import ValidateRequest
from featurestore.steps.validate import validate
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(validate, ValidateRequest)
