"""Every job by the name of its step, and the request that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore import step_requests as requests

if TYPE_CHECKING:
    from featurestore.step_requests import Request

JOBS: dict[str, type[Request]] = {
    "validate": requests.ValidateRequest,
    "ingest_batch": requests.IngestBatchRequest,
    "ingest_stream": requests.IngestStreamRequest,
    "compute_features": requests.ComputeFeaturesRequest,
    "read_table": requests.ReadRequest,
    "history": requests.HistoryRequest,
    "build_training_set": requests.BuildTrainingSetRequest,
    "split": requests.SplitRequest,
    "train": requests.TrainRequest,
    "evaluate": requests.EvaluateRequest,
    "score": requests.ScoreRequest,
    "measure_drift": requests.MeasureDriftRequest,
    "report_model": requests.ReportModelRequest,
    "plan": requests.PlanRequest,
    "apply": requests.ApplyRequest,
}
"""`sparkjobs/<name>.py` runs the step; on a command line the name has dashes."""

LIGHT_STEPS: dict[str, type[Request]] = {
    "pin_input": requests.PinInputRequest,
    "pin_tables": requests.PinTablesRequest,
    "register_model": requests.RegisterModelRequest,
}
"""Steps that need no Spark, and so no job."""

_STEPS = {kind: name for name, kind in (JOBS | LIGHT_STEPS).items()}
_SUBJECTS = ("source", "view", "table", "service", "model", "training_set")


def step_of(request: Request) -> str:
    """The name of the step that a request asks for."""
    return _STEPS[type(request)]


def subject_of(request: Request) -> str:
    """What it asks about, such as a source or a model; empty where it asks about everything."""
    values = (getattr(request, name, None) for name in _SUBJECTS)
    return next((str(value) for value in values if value is not None), "")
