"""What a page shows, as plain values: gathered by a step, drawn and written without Spark."""

from __future__ import annotations

from datetime import datetime

import msgspec

from featurestore.step_reports import EvaluateReport, RejectedCount


class FlowLine(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of a table, or one saved thing: when, and numbers in words, such as `inserted 14,362`."""

    instant: str
    at: datetime
    said: str


class FlowStage(msgspec.Struct, frozen=True, kw_only=True):
    """A table, training set or model on the way from events to predictions; lines oldest first."""

    name: str
    what: str
    lines: tuple[FlowLine, ...]


class SeriesLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a drawing; `values` are null where nothing was known."""

    name: str
    values: tuple[float | None, ...]


class FeatureSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A feature at moments a step apart: a line an entity, or with `summary` lines over all entities."""

    view: str
    feature: str
    step: str
    moments: tuple[datetime, ...]
    lines: tuple[SeriesLine, ...]
    summary: bool
    entities: int
    looked_at: int


class FeatureDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How far a feature's values have moved from the train rows; null where one side has no row."""

    feature: str
    index: float | None


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """The population stability index of each feature, greatest first, and the bounds of moderate and large drift."""

    train_rows: int
    current_rows: int
    since: str
    moderate: float
    large: float
    features: tuple[FeatureDrift, ...]


class PageContent(msgspec.Struct, frozen=True, kw_only=True):
    """A model's page. Times are aware."""

    project: str
    model: str
    version: int
    algorithm: str
    service: str
    label: str
    root_uri: str
    made_at: datetime
    code_version: str
    flow: tuple[FlowStage, ...]
    rejected: tuple[RejectedCount, ...]
    series: tuple[FeatureSeries, ...]
    drift: Drift
    evaluation: EvaluateReport
