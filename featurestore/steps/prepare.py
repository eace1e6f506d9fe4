"""Opens the workspace of a request, after refusing what can be refused without waiting for Spark."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from featurestore.definitions import load_project
from featurestore.errors import ArtifactNotFound, InTheFuture
from featurestore.files import find_files
from featurestore.instants import Instant, tables_from_text
from featurestore.kafka_ranges import PinnedRanges
from featurestore.kafka_topics import describe_topic
from featurestore.offline.input_files import find_input
from featurestore.registry.generations import Registry
from featurestore.step_requests import (
    ApplyRequest,
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    EvaluateRequest,
    HistoryRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    MeasureDriftRequest,
    PlanRequest,
    ReadRequest,
    ReportModelRequest,
    Request,
    ScoreRequest,
    SplitRequest,
    TrainRequest,
    ValidateRequest,
)
from featurestore.steps.apply import check_apply
from featurestore.steps.models import chosen_version, service_of_model
from featurestore.steps.pinned_files import are_files, listed_files
from featurestore.steps.read_table import find_table
from featurestore.steps.report_model import evaluation_of, renderer
from featurestore.steps.saved_manifests import SavedManifests
from featurestore.steps.service_inputs import checked_only
from featurestore.steps.sources import bootstrap_of, file_source_of, kafka_source_of
from featurestore.steps.train_spec import spec_of
from featurestore.steps.workspace import Workspace, open_workspace
from featurestore.training.algorithms import resolve_settings
from featurestore.training.model_versions import load_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.training.model_card import ModelCard

# The look-ups below read definitions, manifests and names of files; none of them touches the session.
_NO_SESSION = cast("SparkSession", None)


def prepare(profile: Profile, request: Request, project: Project | None = None) -> Workspace:
    """The workspace for a request; the project is the profile's unless given.

    Raises what the step itself would raise, but before Spark starts: `UnknownDefinition`, `InvalidRequest`,
    `SourceNotFound`, `TableNotFound`, `ArtifactNotFound`, `InTheFuture`, `MissingSetting` and
    `KafkaUnreachable`.
    """
    check = _CHECKS[type(request)]
    return prepare_with(lambda place: check(place, request), profile, project)


def prepare_with(
    check: Callable[[Workspace], object], profile: Profile, project: Project | None = None
) -> Workspace:
    """The workspace for a call that is no request, as its arguments fit no command line.

    `check` refuses what it can before Spark starts; it gets a workspace whose session must not be touched.
    """
    defined = project or load_project(profile.project)
    check(Workspace(spark=_NO_SESSION, profile=profile, project=defined))
    return open_workspace(profile, defined)


def _validate(place: Workspace, request: ValidateRequest) -> None:
    if request.pinned is not None and not are_files(request.pinned):
        PinnedRanges.from_text(request.pinned)
        _topic(place, request.source)
    else:
        _files(place, request.source, path=request.path, pinned=request.pinned)


def _ingest_batch(place: Workspace, request: IngestBatchRequest) -> None:
    _files(place, request.source, path=request.path, pinned=request.pinned)


def _files(place: Workspace, name: str, *, path: str | None, pinned: str | None) -> None:
    source = file_source_of(place.project, name)
    if pinned is not None:
        listed_files(pinned, root_uri=place.root_uri)
        return
    pattern = path or source.path
    if not pattern or not find_files(pattern):
        find_input(source, path=path)  # says what is missing


def _ingest_stream(place: Workspace, request: IngestStreamRequest) -> None:
    if request.pinned is not None:
        PinnedRanges.from_text(request.pinned)
    _topic(place, request.source)


def _topic(place: Workspace, name: str) -> None:
    source = kafka_source_of(place.project, name)
    describe_topic(bootstrap_of(place.profile), source.topic)


def _compute_features(place: Workspace, request: ComputeFeaturesRequest) -> None:
    if request.source_instant is not None:
        Instant(request.source_instant)
    find_table(place, f"events/{place.project.view(request.view).source}")


def _read_table(place: Workspace, request: ReadRequest) -> None:
    _refuse_the_future(find_table(place, request.table).name, request.as_of)


def _history(place: Workspace, request: HistoryRequest) -> None:
    find_table(place, request.table)


def _build_training_set(place: Workspace, request: BuildTrainingSetRequest) -> None:
    SavedManifests(place.root_uri).folder(request.name)
    check_service(place, request.service, request.as_of)
    checked_only(place, place.project.service(request.service), request.only)
    if request.tables is not None:
        tables_from_text(request.tables)


def _split(place: Workspace, request: SplitRequest) -> None:
    SavedManifests(place.root_uri).existing_training_set(request.training_set)


def _train(place: Workspace, request: TrainRequest) -> None:
    spec = spec_of(request)
    resolve_settings(spec.algorithm, spec.settings)
    SavedManifests(place.root_uri).existing_split(request.training_set)
    with suppress(ArtifactNotFound):  # a first version has none before it; only the name is of interest
        load_card(root_uri=place.root_uri, name=request.model)


def _evaluate(place: Workspace, request: EvaluateRequest) -> None:
    SavedManifests(place.root_uri).existing_split(request.training_set)
    _card(place, request)


def _score(place: Workspace, request: ScoreRequest) -> None:
    card = _card(place, request)
    check_service(place, card.service, request.as_of)
    checked_only(place, place.project.service(card.service), request.only)
    if request.tables is not None:
        tables_from_text(request.tables)


def _measure_drift(place: Workspace, request: MeasureDriftRequest) -> None:
    card = _card(place, request)
    check_service(place, service_of_model(place, card).name, None)
    SavedManifests(place.root_uri).existing_split(card.training_set)
    if request.tables is not None:
        tables_from_text(request.tables)


def _report_model(place: Workspace, request: ReportModelRequest) -> None:
    renderer()
    card = _card(place, request)
    service_of_model(place, card)
    evaluation_of(card, root_uri=place.root_uri, training_set=request.training_set or card.training_set)


def check_service(place: Workspace, name: str, as_of: datetime | None) -> None:
    """Raises `UnknownDefinition`, `TableNotFound` or `InTheFuture` where a service's views cannot be read."""
    for view in place.project.service(name).views:
        _refuse_the_future(find_table(place, view.table).name, as_of)


def _refuse_the_future(table: str, as_of: datetime | None) -> None:
    now = datetime.now(timezone.utc)
    if as_of is not None and as_of > now:
        raise InTheFuture(table, as_of, now=now)


def _plan(place: Workspace, _request: PlanRequest) -> None:
    Registry(place.root_uri).newest()  # says if it cannot be read


def _card(
    place: Workspace, request: EvaluateRequest | MeasureDriftRequest | ReportModelRequest | ScoreRequest
) -> ModelCard:
    version = chosen_version(
        place.root_uri, model=request.model, version=request.version, alias=request.alias
    )
    return load_card(root_uri=place.root_uri, name=request.model, version=version)


_CHECKS: dict[type[Request], Callable[[Workspace, Any], None]] = {
    ValidateRequest: _validate,
    IngestBatchRequest: _ingest_batch,
    IngestStreamRequest: _ingest_stream,
    ComputeFeaturesRequest: _compute_features,
    ReadRequest: _read_table,
    HistoryRequest: _history,
    BuildTrainingSetRequest: _build_training_set,
    SplitRequest: _split,
    TrainRequest: _train,
    EvaluateRequest: _evaluate,
    ScoreRequest: _score,
    MeasureDriftRequest: _measure_drift,
    ReportModelRequest: _report_model,
    PlanRequest: _plan,
    ApplyRequest: check_apply,
}
