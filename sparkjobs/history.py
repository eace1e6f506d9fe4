"""Job: list a table's commits."""

from __future__ import annotations

from featurestore.step_requests import HistoryRequest
from featurestore.steps.history import history
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(history, HistoryRequest)
