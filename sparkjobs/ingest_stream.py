"""Job: bring a source's topic into its events table; SIGTERM ends it after the batch at hand."""

from __future__ import annotations

from functools import partial

from featurestore.step_requests import IngestStreamRequest
from featurestore.steps.ingest_stream import ingest_stream
from featurestore.stop_signal import stop_on_terminate
from sparkjobs.run_job import run_job

if __name__ == "__main__":
    with stop_on_terminate() as stop:
        run_job(partial(ingest_stream, stop=stop), IngestStreamRequest)
