"""Step `compute_features`: bring a view's table up to its events."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import functions as F

from featurestore.definitions.view_changes import computed_view
from featurestore.errors import InstantError
from featurestore.instants import Instant, from_micros
from featurestore.offline.added_features import added_rows, checked_rows, with_missing
from featurestore.offline.aggregate import aggregate
from featurestore.offline.changes import (
    all_ranges,
    changed_facts,
    events_in_reach,
    identity,
    newest_micros,
    touched_ranges,
)
from featurestore.offline.events import facts
from featurestore.offline.features import rows_to_write, standing, table_schema, to_feature_rows, withdrawn
from featurestore.offline.kept_rows import kept_rows
from featurestore.progress import tell
from featurestore.step_reports import ComputeFeaturesReport
from featurestore.steps.view_definition import definition_metadata, features_to_add

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureView
    from featurestore.definitions.sources import FileSource, KafkaSource
    from featurestore.offline.hudi_table import HudiTable
    from featurestore.offline.hudi_timeline import HudiTimeline, TableCommit
    from featurestore.step_requests import ComputeFeaturesRequest
    from featurestore.steps.workspace import Workspace

SOURCE_INSTANT = "source_instant"
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
    source: FileSource | KafkaSource
    events: HudiTable
    features: HudiTable
    plan: Plan
    source_instant: Instant


def compute_features(workspace: Workspace, request: ComputeFeaturesRequest) -> ComputeFeaturesReport:
    """Computes the features of events new since the last run, and of what their windows touch.

    The result is the same whatever the sequence of runs. With `source_instant` in the request the events are those
    of that commit; where a later one was computed already, nothing is, and the report names the features' commit
    that belongs to it, or the newest one where there is none. Features new in the definition are first added to what
    is stored (see `added_rows`). Raises `TableNotFound` without events, and `DefinitionError` where the view's
    definition changed otherwise without a greater version; `UnknownInstant`, `PastHorizon` for an instant that the
    events table does not keep.
    """
    view = workspace.project.view(request.view)
    events = workspace.lake.events(view.source)
    features = workspace.lake.table(view.table)
    timeline = events.timeline()
    asked = Instant(request.source_instant) if request.source_instant else None
    source_instant = timeline.checked(asked) if asked else timeline.latest_visible()
    commits = features.timeline().newest_first() if features.exists() else iter(())
    last_commit = next(commits, None)
    last = _last_of(source_instant, last_commit, commits) if last_commit else None
    source = workspace.project.source(view.source)
    added = features_to_add(computed_view(view, source), last) if last and last is last_commit else ()
    plan = _plan(last, timeline, source_instant, full=request.full)
    run = Run(
        view=view, source=source, events=events, features=features, plan=plan, source_instant=source_instant
    )
    backfilled = 0
    if last is not None and added and plan.mode != "full":
        last, backfilled = _add(run, last, added)
    if plan.mode == "unchanged" and last is not None:
        nothing = dict.fromkeys(_COUNTS, 0)
        counts = {**nothing, "rows_backfilled": backfilled}
        return _report(run, counts, instant=last.instant, newest=newest_event_micros(last), added=added)
    counts, commit, newest = _run(run)
    counts["rows_backfilled"] = backfilled
    return _report(run, counts, instant=commit.instant, newest=newest, added=added)


def _last_of(source_instant: Instant, newest: TableCommit, before: Iterator[TableCommit]) -> TableCommit:
    """The newest commit of the features; where it has later events in it, the one of just these if there is one."""
    if Instant(newest.metadata[SOURCE_INSTANT]) <= source_instant:
        return newest
    of_these = (one for one in before if one.metadata[SOURCE_INSTANT] == str(source_instant))
    return next(of_these, newest)


def newest_event_micros(commit: TableCommit) -> int | None:
    """The newest event that the features of this commit were computed from; `None` without any."""
    stated: int | None = json.loads(commit.metadata.get(NEWEST, "null"))
    return stated


def _plan(
    last: TableCommit | None,
    timeline: HudiTimeline,
    source_instant: Instant,
    *,
    full: bool,
) -> Plan:
    if last is None:
        return Plan(mode="full", reason="the table has no commit yet")
    since = Instant(last.metadata[SOURCE_INSTANT])
    if since > source_instant:
        return Plan(mode="unchanged", reason=f"computed up to {since} already", since=since)
    if full:
        return Plan(mode="full", reason="asked for", since=since)
    if since == source_instant:
        return Plan(mode="unchanged", reason="no commit since the last run", since=since)
    try:
        timeline.checked(since)
    except InstantError:
        return Plan(mode="full", reason=f"the events table no longer keeps {since}", since=since)
    return Plan(mode="incremental", reason="events changed since the last run", since=since)


def _add(run: Run, last: TableCommit, added: tuple[str, ...]) -> tuple[TableCommit, int]:
    """The commit that adds these features to what the last run stored, and the number of its rows."""
    tell(f"adding {', '.join(added)} to {run.view.table}")
    since = run.plan.since
    assert since is not None  # noqa: S101 - a plan after a first run states it
    events = facts(run.events.read_at(since), run.source)
    schema = run.source.facts_schema
    everything = run.features.read_at(last.instant)
    stored, tombstones = standing(everything), withdrawn(everything)
    wanted = added_rows(events, stored, run.view, schema, added=added, source_instant=since)
    with kept_rows(wanted) as kept:
        rows, number = checked_rows(kept, stored)
        tell(f"writing {number:,} feature rows to {run.view.table}")
        # A new window may bring a row back at a time that was withdrawn: it takes the tombstone's place.
        still_gone = tombstones.join(rows.select("record_key"), "record_key", "left_anti")
        whole = rows.unionByName(with_missing(still_gone, run.view, schema).select(*rows.columns))
        metadata = _metadata(run, source_instant=since, newest=newest_event_micros(last))
        return run.features.replace(whole, count=number, read_at=last.instant, metadata=metadata), number


def _run(run: Run) -> tuple[dict[str, int], TableCommit, int | None]:
    tell(f"finding what changed for {run.view.name}")
    after = run.events.read_at(run.source_instant)
    events = facts(after, run.source)
    newest = newest_micros(events)
    with ExitStack() as kept:
        stored = _stored(run)
        changed = _keep(kept, _changed(run, after)) if run.plan.mode == "incremental" else events
        full = run.plan.mode == "full"
        found = all_ranges(events, stored, run.view) if full else touched_ranges(changed, run.view)
        ranges = _keep(kept, found)
        counts = _count_changes(run, changed, ranges)
        tell(f"computing {run.view.name} for {counts['entities_changed']:,} entities ({run.plan.mode})")
        computed = aggregate(events_in_reach(events, ranges, run.view), run.view, run.source.facts_schema)
        rows = to_feature_rows(computed, run.view, source_instant=run.source_instant)
        if stored is not None:
            computed_once = kept.enter_context(kept_rows(rows))
            rows = rows_to_write(computed_once, stored, ranges, run.view, source_instant=run.source_instant)
        writing = kept.enter_context(kept_rows(rows))
        counts |= _count_rows(writing)
        tell(f"writing {counts['rows_written'] + counts['rows_removed']:,} feature rows to {run.view.table}")
        run.features.create_if_absent(table_schema(run.view, run.source.facts_schema))
        metadata = _metadata(run, source_instant=run.source_instant, newest=newest)
        if stored is None:
            commit = run.features.replace(
                writing, count=counts["rows_written"], read_at=None, metadata=metadata
            )
        else:
            commit = run.features.upsert(writing, metadata=metadata)
    return counts, commit, newest


def _keep(kept: ExitStack, rows: DataFrame) -> DataFrame:
    """The rows, on disk once they are computed, until the stack closes."""
    persisted = rows.persist(StorageLevel.DISK_ONLY)
    kept.callback(persisted.unpersist)
    return persisted


def _changed(run: Run, after: DataFrame) -> DataFrame:
    since = run.plan.since
    assert since is not None  # noqa: S101 - an incremental plan states it
    return changed_facts(run.events.read_at(since), after, run.source, since=since)


def _stored(run: Run) -> DataFrame | None:
    newest = run.features.timeline().latest() if run.features.exists() else None
    return with_missing(run.features.read_at(newest), run.view, run.source.facts_schema) if newest else None


def _count_changes(run: Run, changed: DataFrame, ranges: DataFrame) -> dict[str, int]:
    """An event that was corrected has an old and a new image among them, and counts once."""
    without_entity = F.expr(" or ".join(f"`{key}` is null" for key in run.view.entity.join_keys)).cast("int")
    if run.plan.mode == "incremental":
        counted = changed.groupBy(*identity(run.source)).agg(F.max(without_entity).alias(_FLAG))
    else:
        counted = changed.select(without_entity.alias(_FLAG))
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


def _metadata(run: Run, *, source_instant: Instant, newest: int | None) -> dict[str, str]:
    return {
        SOURCE_INSTANT: str(source_instant),
        NEWEST: json.dumps(newest),
        **definition_metadata(computed_view(run.view, run.source)),
    }


def _report(
    run: Run, counts: dict[str, int], *, instant: Instant, newest: int | None, added: tuple[str, ...]
) -> ComputeFeaturesReport:
    return ComputeFeaturesReport(
        step="compute_features",
        view=run.view.name,
        table=run.view.table,
        mode=run.plan.mode,
        reason=run.plan.reason,
        added=added,
        source_instant=str(run.source_instant),
        since_instant=str(run.plan.since) if run.plan.since else None,
        instant=str(instant),
        newest_event_timestamp=from_micros(newest) if newest is not None else None,
        **counts,
    )
