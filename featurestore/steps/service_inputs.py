"""What a service reads: its views and events at instants that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.definitions.view_changes import computed_view
from featurestore.errors import FeaturesBehind, InvalidRequest
from featurestore.instants import Instant, tables_from_text
from featurestore.offline.changes import newest_micros
from featurestore.offline.events import current
from featurestore.offline.labels import session_ends
from featurestore.request_checks import only_of
from featurestore.steps.compute_features import SOURCE_INSTANT
from featurestore.steps.view_definition import check_definition
from featurestore.windows import micros

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureService
    from featurestore.definitions.view_changes import ComputedView
    from featurestore.offline.hudi_table import HudiTable
    from featurestore.steps.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class ServiceInputs:
    """Tables of a service at fixed instants: current events, and each view's rows by name."""

    events: DataFrame
    features: dict[str, DataFrame]
    instants: dict[str, str]
    """Table name -> instant."""
    source_instant: Instant
    newest_event_micros: int | None


def read_service_inputs(
    workspace: Workspace, service: FeatureService, *, as_of: datetime | None, tables: str | None = None
) -> ServiceInputs:
    """The views as a reader saw them at `as_of` (or now), with the events that they were computed from.

    `tables` names the commits of views instead; all of the service's views must be among them.

    Events newer than the features would give rows whose features lack them, so the events are read at the
    instant that the features state. Raises `FeaturesBehind` where views of one source state different ones,
    `UnknownInstant` or `PastHorizon` where the events table does not keep that instant, and `DefinitionError`
    where a view was computed with another definition.
    """
    features: dict[str, DataFrame] = {}
    instants: dict[str, str] = {}
    stated: dict[str, Instant] = {}
    pinned = tables_from_text(tables) if tables else {}
    for view in service.views:
        table = workspace.lake.table(view.table)
        instant = _pinned(table, pinned) if tables else _visible(table, as_of=as_of)
        features[view.name] = table.read_at(instant)
        instants[view.table] = str(instant)
        definition = computed_view(view, workspace.project.source(view.source))
        stated[view.name] = _source_instant(table, definition, instant)
    source = workspace.project.source(service.spine.source)
    table = workspace.lake.events(source.name)
    source_instant = _one_state(service, stated, source.name) or (
        _pinned(table, pinned) if table.name in pinned else _visible(table, as_of=as_of)
    )
    instants[table.name] = str(source_instant)
    events = current(table.read_at(table.timeline().checked(source_instant)), source)
    return ServiceInputs(
        events=events,
        features=features,
        instants=instants,
        source_instant=source_instant,
        newest_event_micros=newest_micros(events),
    )


def spine_since(
    inputs: ServiceInputs,
    service: FeatureService,
    *,
    since: timedelta | None,
    only: tuple[str, str] | None = None,
) -> DataFrame:
    """Whom the service is asked about and when; with `since` rows at most that much older than the newest event.

    With `only` those whose event has the value in the field.
    """
    spine = session_ends(inputs.events, service.spine, only=only)
    if since is None or inputs.newest_event_micros is None:
        return spine
    oldest = inputs.newest_event_micros - micros(since)
    return spine.where(F.unix_micros("event_timestamp") >= F.lit(oldest))


def checked_only(workspace: Workspace, service: FeatureService, only: str | None) -> tuple[str, str] | None:
    """Field and value of `field=value`; `DefinitionError` for a field that the source's contract lacks."""
    chosen = only_of(only)
    if chosen is not None:
        workspace.project.source(service.spine.source).schema.field(chosen[0])
    return chosen


def _pinned(table: HudiTable, pinned: dict[str, Instant]) -> Instant:
    if table.name not in pinned:
        raise InvalidRequest("tables", expected=f"a commit of {table.name}", received=", ".join(pinned))
    return table.timeline().checked(pinned[table.name])


def _visible(table: HudiTable, *, as_of: datetime | None) -> Instant:
    timeline = table.timeline()
    return timeline.visible_at(as_of)


def _source_instant(table: HudiTable, definition: ComputedView, instant: Instant) -> Instant:
    """The instant of the events that the view's rows at this commit were computed from."""
    commit = table.timeline().commit_at(instant)
    check_definition(definition, commit)
    return Instant(commit.metadata[SOURCE_INSTANT])


def _one_state(service: FeatureService, stated: dict[str, Instant], spine_source: str) -> Instant | None:
    """The one instant of the spine's source that its views state; `None` where no view reads it."""
    for source in {view.source for view in service.views}:
        of_source = {view.name: str(stated[view.name]) for view in service.views if view.source == source}
        if len(set(of_source.values())) > 1:
            raise FeaturesBehind(service.name, instants=of_source)
    return next((stated[view.name] for view in service.views if view.source == spine_source), None)
