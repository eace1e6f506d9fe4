"""Job: write the page of a model."""

from __future__ import annotations

from featurestore.step_requests import ReportModelRequest
from featurestore.steps.report_model import report_model
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(report_model, ReportModelRequest)
