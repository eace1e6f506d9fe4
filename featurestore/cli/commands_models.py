"""Commands on training sets and models: build, split, train, evaluate, score; list, promote, roll back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from featurestore.cli.options import (
    AlgorithmOption,
    Alias,
    AliasToMove,
    AsOf,
    By,
    Current,
    DriftThreshold,
    EvaluatedOn,
    Gate,
    ModelArgument,
    ModelOption,
    NewName,
    Only,
    Output,
    ServiceName,
    Since,
    SpecFile,
    Tables,
    TestFraction,
    Threshold,
    TrainingSetArgument,
    TrainingSetOption,
    Version,
    VersionToPromote,
    verb,
)
from featurestore.step_requests import SplitBy

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.step_reports import (
        AliasReport,
        EvaluateReport,
        MeasureDriftReport,
        ModelsReport,
        RegisterModelReport,
        ReportModelReport,
        ScoreReport,
        SplitReport,
        TrainingSetReport,
        TrainReport,
    )

training_set = typer.Typer(no_args_is_help=True, help="Save labels with their features.")
models = typer.Typer()
saved_models = typer.Typer(no_args_is_help=True, help="Look after saved models.")


@verb(training_set, "build")
def build_training_set(
    call: Call,
    service: ServiceName,
    name: NewName,
    as_of: AsOf = None,
    tables: Tables = None,
    only: Only = None,
) -> TrainingSetReport:
    """Join a service's labels with its features, point in time, and save the rows."""
    return call.store.build_training_set(service, name, as_of, tables=tables, only=only)


@verb(models, "split")
def split(
    call: Call,
    training_set: TrainingSetArgument,
    by: By = SplitBy.ENTITY,
    test_fraction: TestFraction = 0.2,
) -> SplitReport:
    """Divide a training set into train and test, once."""
    return call.store.split(training_set, by=by, test_fraction=test_fraction)


@verb(models, "train")
def train(
    call: Call,
    training_set: TrainingSetArgument,
    model: ModelOption,
    algorithm: AlgorithmOption = None,
    spec: SpecFile = None,
) -> TrainReport:
    """Fit the next version of a model on the train rows."""
    return call.store.train(training_set, model, algorithm=algorithm, spec=spec)


@verb(models, "evaluate")
def evaluate(
    call: Call,
    model: ModelArgument,
    training_set: TrainingSetOption,
    version: Version = None,
    alias: Alias = None,
    threshold: Threshold = None,
    gate: Gate = False,
) -> EvaluateReport:
    """Measure a model on the test rows of a training set, beside the champion, and judge it."""
    return call.store.evaluate(
        model, training_set, version=version, alias=alias, threshold=threshold, gate=gate
    )


@verb(models, "score")
def score(  # noqa: PLR0913, PLR0917 - each is an option
    call: Call,
    model: ModelArgument,
    version: Version = None,
    alias: Alias = None,
    as_of: AsOf = None,
    since: Since = None,
    tables: Tables = None,
    only: Only = None,
) -> ScoreReport:
    """Predict for every row that a model's service asks about, into its predictions table."""
    return call.store.score(
        model, version=version, alias=alias, as_of=as_of, since=since, tables=tables, only=only
    )


@verb(models, "report")
def report_model(
    call: Call,
    model: ModelArgument,
    version: Version = None,
    alias: Alias = None,
    training_set: EvaluatedOn = None,
    since: Current = None,
    output: Output = None,
) -> ReportModelReport:
    """Write the page of an evaluated model: one HTML file, from its events to its verdict."""
    return call.store.report_model(
        model, version=version, alias=alias, training_set=training_set, since=since, output=output
    )


@verb(models, "measure-drift")
def measure_drift(
    call: Call,
    model: ModelArgument,
    version: Version = None,
    alias: Alias = None,
    tables: Tables = None,
    since: Current = None,
    threshold: DriftThreshold = 0.25,
) -> MeasureDriftReport:
    """Say how far current rows have moved from those that a model was trained on."""
    return call.store.measure_drift(
        model, version=version, alias=alias, tables=tables, since=since, threshold=threshold
    )


@verb(saved_models, "list")
def list_models(call: Call) -> ModelsReport:
    """List every version of every model, with its aliases."""
    return call.store.models()


@verb(saved_models, "promote")
def promote(
    call: Call, model: ModelArgument, version: VersionToPromote, alias: AliasToMove = "champion"
) -> AliasReport:
    """Let an alias stand for a version."""
    return call.store.promote(model, version, alias=alias)


@verb(saved_models, "register")
def register_model(
    call: Call,
    model: ModelArgument,
    version: VersionToPromote,
    training_set: TrainingSetOption,
    alias: AliasToMove = "champion",
) -> RegisterModelReport:
    """Promote a version whose evaluation on a training set passed its gate."""
    return call.store.register_model(model, version, training_set, alias=alias)


@verb(saved_models, "roll-back")
def roll_back(call: Call, model: ModelArgument, alias: AliasToMove = "champion") -> AliasReport:
    """Let an alias stand for what it stood for before."""
    return call.store.roll_back(model, alias=alias)
