"""Job: read a table as of a time."""

from __future__ import annotations

from featurestore.step_requests import ReadRequest
from featurestore.steps.read_table import read_table
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(read_table, ReadRequest)
