"""The first line that people see of each report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.instants import tables_text
from featurestore.step_reports import (
    AliasReport,
    ApplyReport,
    ComputeFeaturesReport,
    EvaluateReport,
    HistoryReport,
    IngestReport,
    MeasureDriftReport,
    ModelsReport,
    PinInputReport,
    PinTablesReport,
    PlanReport,
    ReadReport,
    RegisterModelReport,
    ReportModelReport,
    ScoreReport,
    SplitReport,
    TrainingSetReport,
    TrainReport,
    ValidateReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def headline_of(answer: object) -> str | None:
    """What a report comes to, in one line; `None` for what is no report of a step."""
    headline = _HEADLINES.get(type(answer))
    return headline(answer) if headline else None


def _ingest(report: IngestReport) -> str:
    return (
        f"{report.table}: {report.read:,} read = {report.accepted:,} accepted + {report.rejected:,} rejected"
        f" + {report.superseded:,} superseded"
    )


def _pinned(report: PinInputReport) -> str:
    what = f"{report.files:,} files" if report.events is None else f"{report.events:,} events"
    return f"{report.source}: {what}{', as pinned before' if report.again else ''}: {report.pinned}"


def _validated(report: ValidateReport) -> str:
    counts = f"{report.accepted:,} accepted, {report.rejected:,} rejected ({report.rejected_fraction:.2%})"
    return f"{report.source}: {report.read:,} read, {counts}"


def _computed(report: ComputeFeaturesReport) -> str:
    added = (
        f"{', '.join(report.added)} added to {report.rows_backfilled:,} rows; "
        if report.rows_backfilled
        else ""
    )
    return f"{report.table}: {added}{report.mode} ({report.reason}), {report.rows_written:,} rows written"


def _read(report: ReadReport) -> str:
    shown = len(report.rows)
    which = f"the first {shown:,}" if shown < report.rows_total else "all of them"
    return f"{report.table}: {report.rows_total:,} rows{f', {which} below' if shown else ''}"


def _history(report: HistoryReport) -> str:
    return f"{report.table}: {len(report.commits):,} commits, newest first"


def _training_set(report: TrainingSetReport) -> str:
    how = "exists already" if report.reused else "saved"
    return f"Training set {report.training_set} {how}: {report.rows:,} rows, {report.positives:,} positive"


def _split(report: SplitReport) -> str:
    how = "was divided before" if report.reused else "divided"
    parts = f"{report.train_rows:,} to train, {report.test_rows:,} to test"
    return f"{report.training_set} {how} by {report.by}: {parts}"


def _train(report: TrainReport) -> str:
    how = "exists already" if report.reused else "saved"
    return f"Model {report.model} version {report.version} {how}"


def _evaluate(report: EvaluateReport) -> str:
    failed = sum(1 for one in report.gate if not one.passed)
    gate = (
        f": {failed} of {len(report.gate)} conditions fail"
        if failed
        else ": passes its gate"
        if report.gate
        else ""
    )
    return f"Model {report.model} version {report.version} on the test rows of {report.training_set}{gate}"


def _page(report: ReportModelReport) -> str:
    return f"The page of {report.model} version {report.version} is in {report.location}"


def _score(report: ScoreReport) -> str:
    return f"{report.table}: {report.rows:,} predictions of {report.model} version {report.version}"


def _pinned_tables(report: PinTablesReport) -> str:
    return f"{report.service}: {tables_text(report.instants)}"


def _drift(report: MeasureDriftReport) -> str:
    what = f"{len(report.drifted)} of {len(report.drift)} features have drifted"
    worst = next(iter(report.drift), None)
    return (
        f"{report.model} version {report.version}: {what}{f', most of all {worst}' if report.drifted else ''}"
    )


def _plan(report: PlanReport) -> str:
    refused = sum(1 for change in report.changes if change.breaking)
    what = (
        f"{len(report.changes)} changes after generation {report.generation}"
        if report.changes
        else "no change"
    )
    return f"Plan {report.plan} of {report.project}: {what}{f', {refused} refused' if refused else ''}"


def _apply(report: ApplyReport) -> str:
    what = f"applied, {len(report.changes)} changes" if report.changes else "in force already"
    return f"Generation {report.generation} of {report.project} {what}"


def _models(report: ModelsReport) -> str:
    return f"{len(report.models):,} versions of {len({entry.model for entry in report.models}):,} models"


def _registered(report: RegisterModelReport) -> str:
    before = f", in place of version {report.replaced}" if report.replaced else ""
    return f"{report.model}@{report.alias} is version {report.version}{before}"


def _alias(report: AliasReport) -> str:
    return f"{report.model}@{report.alias} is version {report.version}"


_HEADLINES: dict[type, Callable[[Any], str]] = {
    PinInputReport: _pinned,
    ValidateReport: _validated,
    IngestReport: _ingest,
    ComputeFeaturesReport: _computed,
    ReadReport: _read,
    HistoryReport: _history,
    TrainingSetReport: _training_set,
    SplitReport: _split,
    TrainReport: _train,
    EvaluateReport: _evaluate,
    ScoreReport: _score,
    ReportModelReport: _page,
    MeasureDriftReport: _drift,
    PinTablesReport: _pinned_tables,
    PlanReport: _plan,
    ApplyReport: _apply,
    ModelsReport: _models,
    RegisterModelReport: _registered,
    AliasReport: _alias,
}
