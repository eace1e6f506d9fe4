"""Job: bring the files of a source into its events table."""

from __future__ import annotations

from featurestore.step_requests import IngestBatchRequest
from featurestore.steps.ingest_batch import ingest_batch
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    run_job(ingest_batch, IngestBatchRequest)
