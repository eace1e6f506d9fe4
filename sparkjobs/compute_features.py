"""Job: bring a view's table up to its events."""

from __future__ import annotations

from featurestore.step_requests import ComputeFeaturesRequest
from featurestore.steps.compute_features import compute_features
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(compute_features, ComputeFeaturesRequest)
