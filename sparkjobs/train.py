"""Job: fit the next version of a model."""

from __future__ import annotations

from featurestore.step_requests import TrainRequest
from featurestore.steps.train import train
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(train, TrainRequest)
