"""Job: say what applying the project's definitions would change."""

from __future__ import annotations

from featurestore.step_requests import PlanRequest
from featurestore.steps.plan import plan
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(plan, PlanRequest)
