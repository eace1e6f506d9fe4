"""One frozen report a step: what was done, as plain data that goes to JSON."""

from featurestore.step_reports.base import (
    Report,
)
from featurestore.step_reports.data import (
    ComputeFeaturesReport,
    HistoryEntry,
    HistoryReport,
    IngestReport,
    PinInputReport,
    PinTablesReport,
    ReadReport,
    RejectedCount,
    SplitReport,
    TrainingSetReport,
    ValidateReport,
)
from featurestore.step_reports.models import (
    AliasReport,
    Curves,
    EvaluateReport,
    GateVerdict,
    MeasureDriftReport,
    ModelEntry,
    ModelsReport,
    RegisterModelReport,
    ReportModelReport,
    ScoreReport,
    TrainReport,
)
from featurestore.step_reports.registry import (
    ApplyReport,
    PlannedChange,
    PlanReport,
)

__all__ = [
    "AliasReport",
    "ApplyReport",
    "ComputeFeaturesReport",
    "Curves",
    "EvaluateReport",
    "GateVerdict",
    "HistoryEntry",
    "HistoryReport",
    "IngestReport",
    "MeasureDriftReport",
    "ModelEntry",
    "ModelsReport",
    "PinInputReport",
    "PinTablesReport",
    "PlanReport",
    "PlannedChange",
    "ReadReport",
    "RegisterModelReport",
    "RejectedCount",
    "Report",
    "ReportModelReport",
    "ScoreReport",
    "SplitReport",
    "TrainReport",
    "TrainingSetReport",
    "ValidateReport",
]
