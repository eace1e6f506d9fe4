"""What the components of a pipeline do, each a request made of its inputs, and outputs made of the report.

One table for the story's names:

| task                   | step                            | hands on                         |
|------------------------|---------------------------------|----------------------------------|
| `kafka_streamer`       | `pin_input`                     | `topic/id@partition:from-to,...` or `files@digest` |
| `validate_schema`      | `validate`                      | the same text, if it passes      |
| `hudi_writer`          | `ingest_stream`, `ingest_batch` | `events/<source>@instant`        |
| `compute_features`     | `compute_features`              | `features/<view>/v<n>@instant`   |
| `pin_tables`           | `pin_tables`                    | the same of each view, as a list |
| `measure_drift`        | `measure_drift`                 | `drifted` or `steady`            |
| `feature_store_reader` | `build_training_set`            | the name of the training set     |
| `train_test_split`     | `split`                         | the name of the training set     |
| `train`                | `train`                         | `model@version`                  |
| `evaluate`             | `evaluate`                      | `model@version`, if its gate lets it in |
| `report_model`         | `report_model`                  | where the page lies              |
| `register_model`       | `register_model`                | `model@version`                  |
| `predict`              | `score`                         | `predictions/<model>@instant`    |
| `notify`               |                                 | what was told, and by which way  |

A text that is empty stands for a value that was not given, since a pipeline's parameters have no nulls.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from featurestore.config import load_profile
from featurestore.definitions import load_project
from featurestore.errors import FeatureStoreError, InvalidRequest
from featurestore.instants import parse_time, tables_from_text, tables_text
from featurestore.lake_access import reach_lake
from featurestore.progress import listening
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    EvaluateRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    MeasureDriftRequest,
    PinInputRequest,
    PinTablesRequest,
    RegisterModelRequest,
    ReportModelRequest,
    ScoreRequest,
    SplitBy,
    SplitRequest,
    TrainRequest,
    ValidateRequest,
)
from featurestore.steps.pinned_files import are_files
from featurestore.training.model_aliases import version_of
from pipelines.artifacts import log_evaluation, log_numbers, save_page
from pipelines.finish import finish_run
from pipelines.launch import run_step
from pipelines.lineage import lineage_of
from pipelines.task_texts import model_and_version, model_name, one_text, training_set_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from featurestore.step_requests import Request

HandedOn = TypeVar("HandedOn", str, list[str])

_NUMBERS_OF_ROWS = ("read", "accepted", "rejected", "superseded", "inserted", "updated", "stale", "defaulted")


def told(task: Callable[..., HandedOn]) -> Callable[..., HandedOn]:
    """The task with its progress in its log, and an error as the log's last line in place of a trace."""

    @wraps(task)
    def telling(**inputs: Any) -> HandedOn:
        try:
            with listening(_to_log):
                return task(**inputs)
        except FeatureStoreError as error:
            raise SystemExit(f"error: {error}") from error

    return telling


@told
def kafka_streamer(*, run: str, source: str, batch: bool, path: str, pinned: str, lineage: Any) -> str:
    """Fixes what the run reads; what is `pinned` already, by an earlier run, is checked and handed on."""
    request = PinInputRequest(source=source, batch=batch, path=path or None, pinned=pinned or None)
    return str(_done(request, run, lineage)["pinned"])


@told
def validate_schema(
    *, run: str, source: str, pinned: str, max_rejected_fraction: float, metrics: Any, lineage: Any
) -> str:
    """Holds exactly what is pinned against the contract."""
    request = ValidateRequest(source=source, pinned=pinned, max_rejected_fraction=max_rejected_fraction)
    report = _done(request, run, lineage)
    log_numbers(metrics, report, (*_NUMBERS_OF_ROWS, "rejected_fraction"))
    return pinned


@told
def hudi_writer(*, run: str, source: str, pinned: str, metrics: Any, lineage: Any) -> str:
    """Ingests exactly what is pinned."""
    request: Request = (
        IngestBatchRequest(source=source, pinned=pinned)
        if are_files(pinned)
        else IngestStreamRequest(source=source, pinned=pinned, once=True)
    )
    log_numbers(metrics, _done(request, run, lineage), _NUMBERS_OF_ROWS)
    return str(lineage.metadata["instants_out"])


@told
def compute_features(*, run: str, view: str, events: str, metrics: Any, lineage: Any) -> str:
    """Brings a view's table up to these events (`table@instant`)."""
    (instant,) = tables_from_text(events).values()
    report = _done(ComputeFeaturesRequest(view=view, source_instant=str(instant)), run, lineage)
    log_numbers(metrics, report, ("events_changed", "entities_changed", "rows_written", "rows_removed"))
    return str(lineage.metadata["instants_out"])


@told
def pin_tables(*, run: str, service: str, as_of: str, pinned: Sequence[str], lineage: Any) -> list[str]:
    """Fixes which commits of a service's views the run reads: those of now, or as of a time.

    What is `pinned` already, by an earlier run, is handed on.
    """
    if pinned:
        return one_text(pinned).split(",")
    time = parse_time(as_of, subject="as_of") if as_of else None
    report = _done(PinTablesRequest(service=service, as_of=time), run, lineage)
    return [tables_text({name: instant}) for name, instant in report["instants"].items()]


@told
def measure_drift(
    *,
    run: str,
    model: str,
    alias: str,
    tables: Sequence[str],
    threshold: float,
    metrics: Any,
    lineage: Any,
) -> str:
    """Whether any feature of the version that the alias stands for has moved as far as the threshold."""
    profile = load_profile()
    root = profile.storage.root_uri
    reach_lake(profile)
    request = MeasureDriftRequest(
        model=model,
        version=int(version_of(alias, root_uri=root, name=model)),
        tables=one_text(tables) or None,
        threshold=threshold,
    )
    report = _done(request, run, lineage)
    log_numbers(metrics, report, ("train_rows", "current_rows"))
    log_numbers(metrics, report["drift"], report["drift"])
    return "drifted" if report["drifted"] else "steady"


@told
def feature_store_reader(  # noqa: PLR0913 - each is an input of the task
    *,
    run: str,
    service: str,
    tables: Sequence[str],
    as_of: str,
    name: str,
    only: str,
    metrics: Any,
    lineage: Any,
) -> str:
    """Builds the training set of a service from these commits of its tables, or as of a time.

    Without a name it gets one made of what it is made from, so that the same is built once.
    """
    if bool(tables) == bool(as_of):
        raise InvalidRequest(
            "feature_store_reader", expected="tables or as_of", received=f"{tables!r}, {as_of!r}"
        )
    commits = one_text(tables)
    request = BuildTrainingSetRequest(
        service=service,
        name=name or training_set_name(service, commits or as_of, only),
        as_of=parse_time(as_of, subject="as_of") if as_of else None,
        tables=commits or None,
        only=only or None,
    )
    report = _done(request, run, lineage)
    log_numbers(metrics, report, ("rows", "positives", "unripe_rows"))
    return str(report["training_set"])


@told
def train_test_split(
    *, run: str, training_set: str, by: str, test_fraction: float, metrics: Any, lineage: Any
) -> str:
    """Divides the training set, by a hash of the entity or by time."""
    request = SplitRequest(training_set=training_set, by=SplitBy(by), test_fraction=test_fraction)
    report = _done(request, run, lineage)
    log_numbers(metrics, report, ("train_rows", "train_positives", "test_rows", "test_positives", "gap_rows"))
    return training_set


@told
def train(  # noqa: PLR0913 - each is an input of the task
    *,
    run: str,
    training_set: str,
    model: str,
    only: str,
    algorithm: str,
    spec: str,
    artifact: Any,
    lineage: Any,
) -> str:
    """Fits the next version; the artifact says where it lies, and is no copy of it.

    A model of rows that were chosen by a value (`only`) has a name that ends in the value.
    """
    name = model_name(model, only)
    request = TrainRequest(
        training_set=training_set, model=name, algorithm=algorithm or None, spec=spec or None
    )
    report = _done(request, run, lineage)
    artifact.metadata.update({one: report[one] for one in ("location", "algorithm", "version", "train_rows")})
    return f"{name}@{report['version']}"


@told
def evaluate(
    *, run: str, model: str, training_set: str, gate: bool, metrics: Any, curves: Any, lineage: Any
) -> str:
    """Measures the version on the test rows; with `gate` it fails where a condition of the spec does not hold."""
    name, version = model_and_version(model)
    request = EvaluateRequest(model=name, version=version, training_set=training_set, gate=gate)
    log_evaluation(_done(request, run, lineage), metrics, curves)
    return model


@told
def report_model(*, run: str, model: str, training_set: str, page: Any, lineage: Any) -> str:
    """Writes the model's page beside it, and shows it among the run's artifacts."""
    name, version = model_and_version(model)
    request = ReportModelRequest(model=name, version=version, training_set=training_set)
    location = str(_done(request, run, lineage)["location"])
    save_page(location, page)
    return location


@told
def register_model(*, run: str, model: str, training_set: str, alias: str, lineage: Any) -> str:
    """Lets the alias stand for the version, if its evaluation passed its gate."""
    name, version = model_and_version(model)
    request = RegisterModelRequest(model=name, version=version, training_set=training_set, alias=alias)
    _done(request, run, lineage)
    return model


@told
def predict(*, run: str, model: str, tables: Sequence[str], only: str, metrics: Any, lineage: Any) -> str:
    """Predicts for the rows that the model's service asks about, from these commits of its tables."""
    name, version = model_and_version(model)
    request = ScoreRequest(model=name, version=version, tables=one_text(tables) or None, only=only or None)
    report = _done(request, run, lineage)
    log_numbers(metrics, report, ("rows", "mean_probability"))
    return str(lineage.metadata["instants_out"])


@told
def notify(*, run: str, pipeline: str, failed: bool) -> str:
    """Ends what is left of the run, and tells whoever is to be told how it ended."""
    return finish_run(run, pipeline, failed=failed)


def _done(request: Request, run: str, lineage: Any) -> dict[str, Any]:
    """The report of the step; its lineage goes into the artifact of that name."""
    report = run_step(request, run=run)
    profile = load_profile()
    project = load_project(profile.project)
    lineage.metadata.update(lineage_of(request, report, profile=profile, project=project, run=run))
    return report


def _to_log(message: str) -> None:
    print(message, flush=True)  # noqa: T201 - a task's log is its standard output
