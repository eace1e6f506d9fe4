"""Job: save a service's labels with their features."""

from __future__ import annotations

from featurestore.step_requests import BuildTrainingSetRequest
from featurestore.steps.build_training_set import build_training_set
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(build_training_set, BuildTrainingSetRequest)
