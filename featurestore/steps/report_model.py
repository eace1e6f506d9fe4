"""Step `report_model`: write the page that shows a model from its events to its verdict."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
from pyspark.sql import functions as F

from featurestore import __version__
from featurestore.definitions.features import window_text
from featurestore.errors import ArtifactBroken, MissingPart
from featurestore.files import join_uri, write_text
from featurestore.instants import from_micros
from featurestore.offline.feature_series import features_to_show, moments_between, view_series
from featurestore.offline.features import standing
from featurestore.page.content import FeatureSeries, PageContent, SeriesLine
from featurestore.progress import tell
from featurestore.step_reports import EvaluateReport, ReportModelReport
from featurestore.steps.feature_drift import feature_drift
from featurestore.steps.measure_drift import CURRENT
from featurestore.steps.models import chosen_version, service_of_model
from featurestore.steps.page_flow import flow_of, rejected_of
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.service_inputs import read_service_inputs
from featurestore.training.model_versions import load_card, load_evaluation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from featurestore.definitions.features import FeatureService
    from featurestore.step_requests import ReportModelRequest
    from featurestore.steps.service_inputs import ServiceInputs
    from featurestore.steps.workspace import Workspace
    from featurestore.training.model_card import ModelCard


def report_model(workspace: Workspace, request: ReportModelRequest) -> ReportModelReport:
    """Gathers what the lake tells of a model and writes it as one HTML file that loads nothing.

    The tables are shown as they are now. Replaces a page that is there. Raises `ArtifactNotFound` for a model
    that was not evaluated, `InvalidRequest` where its service changed since the training, `MissingPart` without
    the packages that draw.
    """
    render = renderer()
    root_uri = workspace.root_uri
    version = chosen_version(root_uri, model=request.model, version=request.version, alias=request.alias)
    card = load_card(root_uri=root_uri, name=request.model, version=version)
    since = CURRENT if request.since is None else request.since
    page = _content(workspace, request, card, since=since)
    tell(f"drawing the page of {card.name} version {card.version}")
    text = render(page)
    location = request.output or join_uri(root_uri, "models", card.name, card.version, "report.html")
    write_text(location, text)
    return ReportModelReport(
        step="report_model",
        model=card.name,
        version=int(card.version),
        training_set=page.evaluation.training_set,
        location=location,
        size_bytes=len(text.encode()),
        since_seconds=int(since.total_seconds()),
        rejected=sum(one.rows for one in page.rejected),
        drift={one.feature: one.index for one in page.drift.features},
        passed=page.evaluation.passed,
    )


def renderer() -> Callable[[PageContent], str]:
    """What turns content into HTML; `MissingPart` where a package that it needs is not installed."""
    try:
        from featurestore.page.render import render
    except ModuleNotFoundError as error:
        raise MissingPart(
            f"The package {error.name}",
            needed_for="the page of a model",
            remedy="Install featurestore with its extra `report`.",
        ) from error
    return render


def evaluation_of(card: ModelCard, *, root_uri: str, training_set: str) -> EvaluateReport:
    """The evaluation that is kept beside a version; `ArtifactNotFound`, `ArtifactBroken`."""
    kept = load_evaluation(root_uri=root_uri, name=card.name, version=card.version, training_set=training_set)
    try:
        return msgspec.convert(kept, EvaluateReport)
    except msgspec.ValidationError as error:
        subject = f"Evaluation of {card.name} version {card.version} on {training_set}"
        raise ArtifactBroken(subject, expected="a report of `evaluate`", received=str(error)) from error


def _content(
    workspace: Workspace, request: ReportModelRequest, card: ModelCard, *, since: timedelta
) -> PageContent:
    evaluation = evaluation_of(
        card, root_uri=workspace.root_uri, training_set=request.training_set or card.training_set
    )
    service = service_of_model(workspace, card)
    saved = SavedRows(workspace.spark, workspace.root_uri)
    division = saved.existing_split(card.training_set)
    training_set = saved.existing_training_set(card.training_set)
    inputs = read_service_inputs(workspace, service, as_of=None)
    train_rows = saved.read(card.training_set, division.train)
    tell(f"gathering what {service.name} read, and comparing current rows with the train rows")
    # Each of these leaves a processor idle for long; none reads what another makes.
    with ThreadPoolExecutor() as workers:
        series = workers.submit(_series, workspace, service, inputs)
        drift = workers.submit(
            feature_drift, train_rows, inputs, service, features=card.features, since=since
        )
        rejected = workers.submit(rejected_of, workspace, service.spine.source)
        flow = flow_of(workspace, service, card, training_set, division)
    return PageContent(
        project=workspace.project.name,
        model=card.name,
        version=int(card.version),
        algorithm=card.algorithm,
        service=service.name,
        label=card.label,
        root_uri=workspace.root_uri,
        made_at=datetime.now(timezone.utc),
        code_version=__version__,
        flow=flow,
        rejected=rejected.result(),
        series=series.result(),
        drift=drift.result(),
        evaluation=evaluation,
    )


def _series(
    workspace: Workspace, service: FeatureService, inputs: ServiceInputs
) -> tuple[FeatureSeries, ...]:
    """Of a view with few entities the first of its features, a line an entity; of others each, summed up."""
    newest = inputs.newest_event_micros
    oldest = inputs.events.agg(F.min(F.unix_micros("event_timestamp"))).first()
    if newest is None or oldest is None or oldest[0] is None:
        return ()
    step, moments = moments_between(oldest[0], newest)
    times = tuple(from_micros(moment) for moment in moments)
    drawn = []
    for view in service.views:
        features = features_to_show(view, step)
        if not features:
            continue
        rows = standing(inputs.features[view.name])
        found = view_series(workspace.spark, rows, view, features=features, moments=moments)
        drawn += [
            FeatureSeries(
                view=view.name,
                feature=one.feature,
                step=window_text(step),
                moments=times,
                lines=tuple(SeriesLine(name=name, values=values) for name, values in one.lines.items()),
                summary=found.summary,
                entities=found.entities,
                looked_at=found.looked_at,
            )
            for one in (found.series if found.summary else found.series[:1])
        ]
    return tuple(drawn)
