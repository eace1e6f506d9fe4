"""Step `compute_features`: bring a view's table up to its events."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import functions as F

from featurestore.definitions import definition_hash
from featurestore.errors import DefinitionError, InstantError
from featurestore.instants import Instant, from_micros
from featurestore.offline.aggregate import aggregate
from featurestore.offline.changes import (
    all_ranges,
    changed_facts,
    events_in_reach,
    identity,
    newest_micros,
    touched_ranges,
)
from featurestore.offline.events import current
from featurestore.offline.features import rows_to_write, table_schema, to_feature_rows
from featurestore.progress import tell
from featurestore.step_reports import ComputeFeaturesReport

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureView
    from featurestore.definitions.sources import Source
    from featurestore.offline.hudi_table import HudiTable
    from featurestore.offline.hudi_timeline import HudiTimeline, TableCommit
    from featurestore.step_requests import ComputeFeaturesRequest
    from featurestore.steps.workspace import Workspace

SOURCE_INSTANT = "source_instant"
DEFINITION = "definition_hash"
NEWEST = "newest_event_micros"

_FLAG = "_flag"
_COUNTS = ("events_changed", "events_without_entity", "entities_changed", "rows_written", "rows_removed")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run has to do, and why: `mode` is `full`, `incremental` or `unchanged`."""

    mode: str
    reason: str
    since: Instant | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """One view's tables, what is to be done, and the instant of the events that it is done with."""

    view: FeatureView
    source: Source
    events: HudiTable
    features: HudiTable
    plan: Plan
    source_instant: Instant


def compute_features(workspace: Workspace, request: ComputeFeaturesRequest) -> ComputeFeaturesReport:
    """Computes the features of events new since the last run, and of what their windows touch.

    The result is the same whatever the sequence of runs. Raises `TableNotFound` without events, and
    `DefinitionError` where the view's definition changed without a greater version.
    """
    view = workspace.project.view(request.view)
    events = workspace.lake.events(view.source)
    features = workspace.lake.table(view.table)
    timeline = events.timeline()
    source_instant = timeline.latest_visible()
    last = next(features.timeline().newest_first(), None) if features.exists() else None
    plan = _plan(view, last, timeline, source_instant, full=request.full)
    run = Run(
        view=view,
        source=workspace.project.source(view.source),
        events=events,
        features=features,
        plan=plan,
        source_instant=source_instant,
    )
    if plan.mode == "unchanged" and last is not None:
        nothing = dict.fromkeys(_COUNTS, 0)
        return _report(run, nothing, instant=last.instant, newest=newest_event_micros(last))
    return _run(run)


def newest_event_micros(commit: TableCommit) -> int | None:
    """The newest event that the features of this commit were computed from; `None` without any."""
    stated: int | None = json.loads(commit.metadata.get(NEWEST, "null"))
    return stated


def check_definition(view: FeatureView, commit: TableCommit) -> None:
    """Raises `DefinitionError` where the features of this commit were computed with another definition."""
    if commit.metadata[DEFINITION] != definition_hash(view):
        raise DefinitionError(
            f"FeatureView {view.name!r}",
            expected=f"the definition that {view.table} was computed with, or a version greater than {view.version}",
            received="another definition of the same version",
        )


def _plan(
    view: FeatureView,
    last: TableCommit | None,
    timeline: HudiTimeline,
    source_instant: Instant,
    *,
    full: bool,
) -> Plan:
    if last is None:
        return Plan(mode="full", reason="the table has no commit yet")
    check_definition(view, last)
    since = Instant(last.metadata[SOURCE_INSTANT])
    if full:
        return Plan(mode="full", reason="asked for", since=since)
    if since == source_instant:
        return Plan(mode="unchanged", reason="no commit since the last run", since=since)
    try:
        timeline.checked(since)
    except InstantError:
        return Plan(mode="full", reason=f"the events table no longer keeps {since}", since=since)
    horizon = timeline.horizon()
    if horizon is not None and since.time < horizon:
        return Plan(mode="full", reason=f"the events table no longer keeps {since}", since=since)
    return Plan(mode="incremental", reason="events changed since the last run", since=since)


def _run(run: Run) -> ComputeFeaturesReport:
    tell(f"finding what changed for {run.view.name}")
    after = run.events.read_at(run.source_instant)
    events = current(after, run.source)
    newest = newest_micros(events)
    with ExitStack() as kept:
        stored = _stored(run.features)
        facts = _keep(kept, _facts(run, after)) if run.plan.mode == "incremental" else events
        full = run.plan.mode == "full"
        found = all_ranges(events, stored, run.view) if full else touched_ranges(facts, run.view)
        ranges = _keep(kept, found)
        counts = _count_changes(run, facts, ranges)
        tell(f"computing {run.view.name} for {counts['entities_changed']:,} entities ({run.plan.mode})")
        computed = aggregate(events_in_reach(events, ranges, run.view), run.view, run.source.schema)
        rows = to_feature_rows(computed, run.view, source_instant=run.source_instant)
        if stored is not None:
            rows = rows_to_write(
                _keep(kept, rows), stored, ranges, run.view, source_instant=run.source_instant
            )
        writing = _keep(kept, rows)
        counts |= _count_rows(writing)
        tell(f"writing {counts['rows_written'] + counts['rows_removed']:,} feature rows to {run.view.table}")
        commit = _upsert(run, writing, newest=newest)
    return _report(run, counts, instant=commit.instant, newest=newest)


def _keep(kept: ExitStack, rows: DataFrame) -> DataFrame:
    """The rows, on disk once they are computed, until the stack closes."""
    persisted = rows.persist(StorageLevel.DISK_ONLY)
    kept.callback(persisted.unpersist)
    return persisted


def _facts(run: Run, after: DataFrame) -> DataFrame:
    since = run.plan.since
    assert since is not None  # noqa: S101 - an incremental plan states it
    return changed_facts(run.events.read_at(since), after, run.source, since=since)


def _stored(features: HudiTable) -> DataFrame | None:
    newest = features.timeline().latest() if features.exists() else None
    return features.read_at(newest) if newest else None


def _count_changes(run: Run, facts: DataFrame, ranges: DataFrame) -> dict[str, int]:
    """An event that was corrected has an old and a new image among the facts, and counts once."""
    without_entity = F.expr(" or ".join(f"`{key}` is null" for key in run.view.entity.join_keys)).cast("int")
    if run.plan.mode == "incremental":
        counted = facts.groupBy(*identity(run.source)).agg(F.max(without_entity).alias(_FLAG))
    else:
        counted = facts.select(without_entity.alias(_FLAG))
    events, flagged = _count(counted)
    return {
        "events_changed": events,
        "events_without_entity": flagged,
        "entities_changed": ranges.count(),
    }


def _count_rows(writing: DataFrame) -> dict[str, int]:
    rows, removed = _count(writing.select(F.col("is_deleted").cast("int").alias(_FLAG)))
    return {"rows_written": rows - removed, "rows_removed": removed}


def _count(rows: DataFrame) -> tuple[int, int]:
    """How many rows there are, and how many have the flag."""
    counted = rows.agg(F.count("*"), F.count(F.when(F.col(_FLAG) == 1, 1))).first()
    return (counted[0], counted[1]) if counted else (0, 0)


def _upsert(run: Run, rows: DataFrame, *, newest: int | None) -> TableCommit:
    run.features.create_if_absent(table_schema(run.view, run.source.schema))
    metadata = {
        SOURCE_INSTANT: str(run.source_instant),
        DEFINITION: definition_hash(run.view),
        NEWEST: json.dumps(newest),
    }
    return run.features.upsert(rows, metadata=metadata)


def _report(
    run: Run, counts: dict[str, int], *, instant: Instant, newest: int | None
) -> ComputeFeaturesReport:
    return ComputeFeaturesReport(
        step="compute_features",
        view=run.view.name,
        table=run.view.table,
        mode=run.plan.mode,
        reason=run.plan.reason,
        source_instant=str(run.source_instant),
        since_instant=str(run.plan.since) if run.plan.since else None,
        instant=str(instant),
        newest_event_timestamp=from_micros(newest) if newest is not None else None,
        **counts,
    )
