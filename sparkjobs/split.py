"""Job: divide a training set into train and test."""

from __future__ import annotations

from featurestore.step_requests import SplitRequest
from featurestore.steps.split import split
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(split, SplitRequest)
