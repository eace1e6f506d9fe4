"""WHAT is computed: frozen definitions, plain data that goes to JSON and back and has a stable hash."""

from featurestore.definitions.derived import (
    DerivedColumn,
    clip,
    fill_missing,
    first_known,
    log_scale,
    quantile_scale,
)
from featurestore.definitions.features import (
    Aggregation,
    Entity,
    FeatureService,
    FeatureView,
    Label,
    SessionEnds,
    aggregations_over,
)
from featurestore.definitions.project import Project, definition_hash, load_project
from featurestore.definitions.schema import DataType, Field, OnUnknown, OnViolation, Schema
from featurestore.definitions.sources import FileSource, KafkaSource, Source
from featurestore.definitions.training import ClassWeights, Condition, Costs, TrainingSpec

__all__ = [
    "Aggregation",
    "ClassWeights",
    "Condition",
    "Costs",
    "DataType",
    "DerivedColumn",
    "Entity",
    "FeatureService",
    "FeatureView",
    "Field",
    "FileSource",
    "KafkaSource",
    "Label",
    "OnUnknown",
    "OnViolation",
    "Project",
    "Schema",
    "SessionEnds",
    "Source",
    "TrainingSpec",
    "aggregations_over",
    "clip",
    "definition_hash",
    "fill_missing",
    "first_known",
    "load_project",
    "log_scale",
    "quantile_scale",
]
