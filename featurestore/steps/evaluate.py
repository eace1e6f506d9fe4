"""Step `evaluate`: measure a model on the test part of a training set, beside the champion, and judge it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from pyspark import StorageLevel

from featurestore.definitions.base import from_json
from featurestore.definitions.training import TrainingSpec
from featurestore.errors import GateFailed, InvalidRequest
from featurestore.progress import tell
from featurestore.step_reports import EvaluateReport
from featurestore.steps.models import chosen_version
from featurestore.steps.saved_rows import SavedRows
from featurestore.training.curves import curves
from featurestore.training.evaluate import predict, score_counts, score_counts_by
from featurestore.training.importance import importance
from featurestore.training.judgement import calibration, cost_of, judge
from featurestore.training.model_aliases import aliases_of
from featurestore.training.model_store import load_model
from featurestore.training.model_versions import add_evaluation, load_card

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame

    from featurestore.step_reports import Curves, GateVerdict
    from featurestore.step_requests import EvaluateRequest
    from featurestore.steps.workspace import Workspace
    from featurestore.training.evaluate import ScoreCounts
    from featurestore.training.judgement import Calibration
    from featurestore.training.metrics import Metrics
    from featurestore.training.model_card import ModelCard

CHAMPION = "champion"


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """What scores of one set of rows come to."""

    metrics: Metrics
    calibration: Calibration
    cost: float | None

    @classmethod
    def of(cls, counts: ScoreCounts, *, threshold: float, spec: TrainingSpec) -> _Measured:
        metrics = counts.metrics(threshold=threshold)
        found = calibration(counts.scores, counts.positives, counts.negatives)
        return cls(
            metrics=metrics, calibration=found, cost=cost_of(metrics, spec.costs) if spec.costs else None
        )

    @property
    def values(self) -> dict[str, float | None]:
        """Each metric that a condition can name."""
        one = self.metrics
        return {
            "auc": one.auc,
            "pr_auc": one.pr_auc,
            "log_loss": one.log_loss,
            "precision": one.precision,
            "recall": one.recall,
            "brier": self.calibration.brier,
            "calibration_error": self.calibration.error,
            "cost": self.cost,
        }


@dataclass(frozen=True, kw_only=True)
class _Evaluation:
    """A model on the test rows: on all of them, by segment column and value, and beside the champion."""

    whole: _Measured
    segments: dict[str, dict[str, _Measured]]
    champion: tuple[str, _Measured] | None
    curves: Curves
    importance: dict[str, float]

    def judged(self, spec: TrainingSpec) -> tuple[GateVerdict, ...]:
        """The verdicts of the spec's gate."""
        segments = {
            column: {value: measured.values for value, measured in by_value.items()}
            for column, by_value in self.segments.items()
        }
        champion = self.champion[1].values if self.champion else None
        return judge(spec.gate, self.whole.values, champion=champion, segments=segments)


def evaluate(workspace: Workspace, request: EvaluateRequest) -> EvaluateReport:
    """Scores the test rows, judges what they are worth by the spec's gate, and keeps the report beside the model.

    A metric that the rows do not define (no positive among them, say) is null, with the reason. The champion is
    measured on the same rows. Raises `ArtifactNotFound`, `NotEnoughRows` without test rows, and, where the request
    says so, `GateFailed` after the report was kept.
    """
    root_uri = workspace.root_uri
    version = chosen_version(root_uri, model=request.model, version=request.version, alias=request.alias)
    card = load_card(root_uri=root_uri, name=request.model, version=version)
    spec = from_json(TrainingSpec, dict(card.spec))
    found = _evaluation(workspace, request, card, spec)
    verdicts = found.judged(spec)
    report = _report(request, card, found, verdicts)
    add_evaluation(
        report.to_json(),
        root_uri=root_uri,
        name=request.model,
        version=card.version,
        training_set=request.training_set,
    )
    if request.gate:
        _require(f"{request.model} version {card.version}", verdicts)
    return report


def _evaluation(
    workspace: Workspace, request: EvaluateRequest, card: ModelCard, spec: TrainingSpec
) -> _Evaluation:
    saved = SavedRows(workspace.spark, workspace.root_uri)
    label = saved.existing_training_set(request.training_set).label
    division = saved.existing_split(request.training_set)
    rows = saved.read(request.training_set, division.test)
    tell(f"evaluating {request.model} version {card.version} on {division.test_rows:,} rows")
    threshold = card.threshold if request.threshold is None else request.threshold
    measured = partial(_Measured.of, threshold=threshold, spec=spec)
    keep = [label, *_segments(spec, rows)]
    model = load_model(root_uri=workspace.root_uri, name=card.name, version=card.version)
    scored = _scored(model, rows, keep=keep).persist(StorageLevel.DISK_ONLY)
    try:
        counted = score_counts(scored, label=label)
        segments = {
            column: {
                value: measured(counts)
                for value, counts in score_counts_by(scored, column, label=label).items()
            }
            for column in spec.segments
        }
    finally:
        scored.unpersist()
    champion = _champion(workspace, card, rows, label=label, spec=spec)
    return _Evaluation(
        whole=measured(counted),
        segments=segments,
        champion=champion,
        curves=curves(counted.scores, counted.positives, counted.negatives),
        importance=importance(model, rows, card.features),
    )


def _require(model: str, verdicts: tuple[GateVerdict, ...]) -> None:
    failed = {
        one.condition: one.reason or f"{one.value:.6g}, short by {one.short_by:.6g}"
        for one in verdicts
        if not one.passed
    }
    if failed:
        raise GateFailed(model, failed=failed)


def _report(
    request: EvaluateRequest, card: ModelCard, found: _Evaluation, verdicts: tuple[GateVerdict, ...]
) -> EvaluateReport:
    champion = found.champion
    return EvaluateReport(
        step="evaluate",
        model=request.model,
        version=int(card.version),
        training_set=request.training_set,
        metrics=_plain(found.whole),
        calibration=msgspec.to_builtins(found.whole.calibration),
        curves=found.curves,
        importance=found.importance,
        cost=found.whole.cost,
        segments={
            column: {value: _plain(measured) for value, measured in by_value.items()}
            for column, by_value in found.segments.items()
        },
        champion_version=int(champion[0]) if champion else None,
        champion=_plain(champion[1]) if champion else None,
        gate=verdicts,
        passed=all(one.passed for one in verdicts),
    )


def _scored(model: PipelineModel, rows: DataFrame, *, keep: list[str]) -> DataFrame:
    return predict(model, rows, keep=list(dict.fromkeys(keep)))


def _segments(spec: TrainingSpec, rows: DataFrame) -> list[str]:
    missing = sorted(set(spec.segments) - set(rows.columns))
    if missing:
        raise InvalidRequest(
            "segments", expected=f"some of {', '.join(rows.columns)}", received=", ".join(missing)
        )
    return list(spec.segments)


def _champion(
    workspace: Workspace, card: ModelCard, rows: DataFrame, *, label: str, spec: TrainingSpec
) -> tuple[str, _Measured] | None:
    """Version and worth of the champion on the same rows, at its own threshold; none where it is this version."""
    version = aliases_of(root_uri=workspace.root_uri, name=card.name).versions.get(CHAMPION)
    if version is None or version == card.version:
        return None
    champion = load_card(root_uri=workspace.root_uri, name=card.name, version=version)
    lacking = sorted(set(champion.features) - set(rows.columns))
    if lacking:
        raise InvalidRequest(
            f"Champion {card.name} version {version}",
            expected="a training set with its features, so that both are measured on the same rows",
            received=f"one without {', '.join(lacking)}",
        )
    tell(f"evaluating the champion, version {version}, on the same rows")
    model = load_model(root_uri=workspace.root_uri, name=card.name, version=version)
    counts = score_counts(_scored(model, rows, keep=[label]), label=label)
    return version, _Measured.of(counts, threshold=champion.threshold, spec=spec)


def _plain(measured: _Measured) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(measured.metrics.to_json())
    return plain
