"""One frozen report a step: what was done, as plain data that goes to JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all reports; `step` is the step's name."""

    step: str

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON; times are ISO 8601 text, numbers that are none (NaN, infinity) become null."""
        built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return built


class RejectedCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows went to quarantine for one reason and field, with one of them as example."""

    reason: str
    field: str
    rows: int
    example: str


class IngestReport(Report, frozen=True, kw_only=True):
    """What one ingest did; `accepted + rejected + superseded == read` always.

    `superseded` rows are valid but lost to another row of the same key in the same read. Of the accepted,
    `inserted + updated` changed the table and `stale` lost against it. `conflicts` counts rows of equal order
    and different content, within the read and against the table.
    """

    source: str
    table: str
    read: int
    accepted: int
    rejected: int
    superseded: int
    inserted: int
    updated: int
    stale: int
    conflicts: int
    defaulted: int
    unknown_fields: dict[str, int]
    rejections: tuple[RejectedCount, ...]
    instants: tuple[str, ...]
    schema_version: int
    positions: dict[str, int] = {}
    inputs: tuple[str, ...] = ()
    batches: int = 1


class ComputeFeaturesReport(Report, frozen=True, kw_only=True):
    """What one run of feature computation did; `mode` is `full`, `incremental` or `unchanged`.

    `added` are features that the definition had and the table had not; `rows_backfilled` is the number of stored
    rows that got them before the run went on.
    """

    view: str
    table: str
    mode: str
    reason: str
    source_instant: str
    since_instant: str | None
    events_changed: int
    entities_changed: int
    events_without_entity: int
    rows_written: int
    rows_removed: int
    added: tuple[str, ...] = ()
    rows_backfilled: int = 0
    instant: str
    newest_event_timestamp: datetime | None


class ReadReport(Report, frozen=True, kw_only=True):
    """The rows of a table at an instant; `rows_total` counts all, `rows` holds at most the limit."""

    table: str
    as_of: datetime | None
    instant: str
    rows_total: int
    digest: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of a table."""

    instant: str
    requested: datetime
    completed: datetime | None
    action: str
    rows_written: int | None = None
    rows_inserted: int | None = None
    rows_updated: int | None = None
    schema_version: int | None = None
    counts: dict[str, int] = {}


class HistoryReport(Report, frozen=True, kw_only=True):
    """A table's commits, newest first; `earliest_readable` is where time travel begins."""

    table: str
    earliest_readable: datetime | None
    commits: tuple[HistoryEntry, ...]


class TrainingSetReport(Report, frozen=True, kw_only=True):
    """A saved training set; `reused` when one of the same inputs was there already."""

    training_set: str
    service: str
    service_hash: str
    location: str
    instants: dict[str, str]
    as_of: datetime | None
    rows: int
    positives: int
    unripe_rows: int
    digest: str
    reused: bool


class SplitReport(Report, frozen=True, kw_only=True):
    """How a training set was divided."""

    training_set: str
    by: str
    test_fraction: float
    train_rows: int
    train_positives: int
    test_rows: int
    test_positives: int
    gap_rows: int
    reused: bool


class TrainReport(Report, frozen=True, kw_only=True):
    """A saved model."""

    model: str
    version: int
    algorithm: str
    location: str
    train_rows: int
    train_positives: int
    features: int
    threshold: float
    reused: bool


class GateVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one condition of a gate holds.

    `short_by` is how far the value is on the wrong side of the bound, null where there is no value.
    """

    condition: str
    passed: bool
    value: float | None
    bound: float | None
    short_by: float | None
    reason: str


class EvaluateReport(Report, frozen=True, kw_only=True):
    """A model's metrics on the test part of a training set.

    `calibration` has the Brier score, the calibration error and the bins. `segments` has metrics by segment
    column and value. `champion` has the metrics of the version that the alias stands for, on the same rows, and
    is null where there is none or it is this version. `passed` is true where every condition of the gate holds.
    """

    model: str
    version: int
    training_set: str
    metrics: dict[str, Any]
    calibration: dict[str, Any]
    cost: float | None
    segments: dict[str, dict[str, dict[str, Any]]]
    champion_version: int | None
    champion: dict[str, Any] | None
    gate: tuple[GateVerdict, ...]
    passed: bool


class ScoreReport(Report, frozen=True, kw_only=True):
    """Predictions written to a table."""

    model: str
    version: int
    table: str
    rows: int
    instant: str
    instants: dict[str, str]
    mean_probability: float
    digest: str


class PlannedChange(msgspec.Struct, frozen=True, kw_only=True):
    """One definition that differs from the generation in force, and what it touches.

    `breaking` says what must be done before it can be applied, and is empty where nothing must.
    `rows_to_recompute` counts the events that a view is computed from anew, or the stored rows that get columns.
    """

    kind: str
    name: str
    action: str
    detail: str
    breaking: str
    tables: tuple[str, ...]
    services: tuple[str, ...]
    models: tuple[str, ...]
    rows_to_recompute: int


class PlanReport(Report, frozen=True, kw_only=True):
    """What applying would change; `generation` is the one in force, 0 before the first."""

    project: str
    plan: str
    generation: int
    changes: tuple[PlannedChange, ...]


class ApplyReport(Report, frozen=True, kw_only=True):
    """What was put in force; `generation` stays where nothing differed."""

    project: str
    plan: str
    generation: int
    changes: tuple[PlannedChange, ...]


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a model, with the aliases that stand for it."""

    model: str
    version: int
    aliases: tuple[str, ...]
    algorithm: str
    service: str
    training_set: str
    created_at: datetime


class ModelsReport(Report, frozen=True, kw_only=True):
    """Every version of every model."""

    models: tuple[ModelEntry, ...]


class AliasReport(Report, frozen=True, kw_only=True):
    """Which version an alias stands for now, with all aliases of the model."""

    model: str
    alias: str
    version: int
    aliases: dict[str, int]
