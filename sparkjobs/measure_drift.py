"""Job: measure how far current rows have moved from a model's train rows."""

from __future__ import annotations

from featurestore.step_requests import MeasureDriftRequest
from featurestore.steps.measure_drift import measure_drift
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(measure_drift, MeasureDriftRequest)
