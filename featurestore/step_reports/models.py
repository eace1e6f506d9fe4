"""Reports of steps that make, measure, use and look after models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from featurestore.step_reports.base import Report


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


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """What every threshold would give, from the highest down, at most a few hundred points of each curve.

    `roc` has pairs of false positive rate and true positive rate, and is empty where a class is absent;
    `roc_thresholds` has the score from which each of its points predicts, the first just above every score;
    `precision_recall` has pairs of recall and precision, and is empty without positive rows.
    """

    roc: tuple[tuple[float, float], ...]
    roc_thresholds: tuple[float, ...] = ()
    precision_recall: tuple[tuple[float, float], ...]


class EvaluateReport(Report, frozen=True, kw_only=True):
    """A model's metrics on the test part of a training set.

    `calibration` has the Brier score, the calibration error and the bins. `importance` has each feature's share
    in what the model goes by, greatest first, and is empty where the algorithm does not tell. `segments` has
    metrics by segment column and value. `champion` has the metrics of the version that the alias stands for, on
    the same rows, and is null where there is none or it is this version. `passed` is true where every condition
    of the gate holds.
    """

    model: str
    version: int
    training_set: str
    metrics: dict[str, Any]
    calibration: dict[str, Any]
    curves: Curves
    importance: dict[str, float]
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


class ReportModelReport(Report, frozen=True, kw_only=True):
    """A model's page: where it lies, and what it found beside the evaluation.

    `drift` has the population stability index of each feature, rows of the last `since` seconds against the train
    rows, null where one side has no row. `rejected` counts the rows in quarantine.
    """

    model: str
    version: int
    training_set: str
    location: str
    size_bytes: int
    since_seconds: int
    rejected: int
    drift: dict[str, float | None]
    passed: bool


class MeasureDriftReport(Report, frozen=True, kw_only=True):
    """How far current rows have moved from a model's train rows.

    `drift` has the population stability index of each feature, greatest first, null where one side has no row;
    `drifted` those at or above the threshold. Rows of the last `since_seconds` before the newest event are current.
    """

    model: str
    version: int
    training_set: str
    instants: dict[str, str]
    train_rows: int
    current_rows: int
    since_seconds: int
    threshold: float
    drift: dict[str, float | None]
    drifted: tuple[str, ...]


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


class RegisterModelReport(Report, frozen=True, kw_only=True):
    """The registry's record of a version that passed its gate, and the alias that stands for it now.

    `replaced` is the version that the alias stood for before, null where there was none or it was this one.
    """

    model: str
    version: int
    alias: str
    replaced: int | None
    training_set: str
    metrics: dict[str, Any]
    location: str


class AliasReport(Report, frozen=True, kw_only=True):
    """Which version an alias stands for now, with all aliases of the model."""

    model: str
    alias: str
    version: int
    aliases: dict[str, int]
