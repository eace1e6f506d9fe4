"""The flow on a model's page: commits of its tables, its training set, itself, its predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.page.content import FlowLine, FlowStage
from featurestore.step_reports import RejectedCount
from featurestore.step_requests import HistoryRequest
from featurestore.steps.history import history
from featurestore.steps.read_table import find_table, rows_at

if TYPE_CHECKING:
    from featurestore.definitions.features import FeatureService
    from featurestore.step_reports import HistoryEntry
    from featurestore.steps.saved_manifests import SplitManifest, TrainingSetManifest
    from featurestore.steps.workspace import Workspace
    from featurestore.training.model_card import ModelCard

_ALWAYS = {"read", "accepted", "rejected", "inserted"}
"""Numbers that are said even where they are 0."""

MOST_COMMITS = 12
"""Of a table with more commits the newest are shown."""


def flow_of(
    workspace: Workspace,
    service: FeatureService,
    card: ModelCard,
    training_set: TrainingSetManifest,
    division: SplitManifest,
) -> tuple[FlowStage, ...]:
    """From the events that the service asks about to the predictions of the model."""
    events = f"events/{service.spine.source}"
    predictions = f"predictions/{card.name}"
    stages = [_table(workspace, events, "events that met the contract")]
    stages += [
        _table(workspace, view.table, "features, a row each time one changes") for view in service.views
    ]
    stages += [_saved_rows(training_set, division), _model(card)]
    stages.append(
        _table(workspace, predictions, "predictions")
        if predictions in workspace.tables()
        else FlowStage(name=predictions, what="predictions", lines=())
    )
    return tuple(stages)


def rejected_of(workspace: Workspace, source: str) -> tuple[RejectedCount, ...]:
    """What is in quarantine, by reason and field, most rows first."""
    name = f"quarantine/{source}"
    if name not in workspace.tables():
        return ()
    _, rows = rows_at(workspace, find_table(workspace, name), as_of=None)
    counted = rows.groupBy("reason", "field").agg(
        F.count("*").alias("rows"), F.min("message").alias("example")
    )
    found = [
        RejectedCount(
            reason=row["reason"], field=row["field"] or "", rows=row["rows"], example=row["example"] or ""
        )
        for row in counted.collect()
    ]
    return tuple(sorted(found, key=lambda one: (-one.rows, one.reason, one.field)))


def _table(workspace: Workspace, name: str, what: str) -> FlowStage:
    commits = [
        entry
        for entry in history(workspace, HistoryRequest(table=name, limit=10_000)).commits
        if entry.completed
    ]
    shown = reversed(commits[:MOST_COMMITS])
    more = f"; {len(commits) - MOST_COMMITS:,} earlier commits" if len(commits) > MOST_COMMITS else ""
    return FlowStage(name=name, what=f"{what}{more}", lines=tuple(_commit(entry) for entry in shown))


def _commit(entry: HistoryEntry) -> FlowLine:
    numbers = entry.counts or {
        "inserted": entry.rows_inserted or 0,
        "updated": entry.rows_updated or 0,
    }
    said = ", ".join(
        f"{name.replace('_', ' ')} {count:,}" for name, count in numbers.items() if count or name in _ALWAYS
    )
    return FlowLine(instant=entry.instant, at=entry.completed or entry.requested, said=said)


def _saved_rows(manifest: TrainingSetManifest, division: SplitManifest) -> FlowStage:
    read_at = ", ".join(f"{table} at {instant}" for table, instant in sorted(manifest.instants.items()))
    made = (
        f"{manifest.rows:,} rows, {manifest.positives:,} positive; {manifest.unripe_rows:,} left out as their "
        f"label cannot be known yet; read from {read_at}"
    )
    divided = (
        f"divided by {division.by}: {division.train_rows:,} rows to train ({division.train_positives:,} positive), "
        f"{division.test_rows:,} to test ({division.test_positives:,} positive)"
    )
    return FlowStage(
        name=f"training_sets/{manifest.name}",
        what="labels with the features that were known at their time",
        lines=tuple(
            FlowLine(instant=f"digest {manifest.digest[:16]}", at=manifest.created_at, said=said)
            for said in (made, divided)
        ),
    )


def _model(card: ModelCard) -> FlowStage:
    said = (
        f"{card.algorithm.replace('_', ' ')} on {card.train_rows:,} rows, {card.train_positives:,} positive, "
        f"with {len(card.features)} features"
    )
    line = FlowLine(instant=f"version {card.version}", at=card.created_at, said=said)
    return FlowStage(name=f"models/{card.name}", what="the model", lines=(line,))
