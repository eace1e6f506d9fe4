"""What changed in an events table between two instants, and which part of which entity's features that touches.

Two as-of reads are compared. Rows with a Hudi commit time after the older instant are a superset of what was
written since; only those keys are looked up in the older state, so that updates, moves and deletes show what
they replaced. (Hudi's change capture would store all of it a second time.)
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.offline.aggregate import FROM, UNTIL
from featurestore.offline.events import facts
from featurestore.offline.features import standing
from featurestore.windows import micros

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from featurestore.definitions.features import FeatureView
    from featurestore.definitions.sources import Source
    from featurestore.instants import Instant

_COMMIT_TIME = "_hoodie_commit_time"
_FOREVER = (1 << 62) - 1


def changed_facts(before: DataFrame, after: DataFrame, source: Source, *, since: Instant) -> DataFrame:
    """Facts that stood at one of the two states only: old images of what changed and new ones, with derived columns.

    `before` and `after` are the table at the two instants, deleted rows and kept versions included. A fact that
    was rewritten without a change is none.
    """
    names = identity(source)
    touched = after.where(F.col(_COMMIT_TIME) > F.lit(str(since))).select(*names).distinct()
    old = facts(_among(before, touched, names), source)
    new = facts(_among(after, touched, names), source)
    only_old = _unlike(old, new)
    only_new = _unlike(new, old)
    return only_old.unionByName(only_new, allowMissingColumns=True)


def identity(source: Source) -> list[str]:
    """The columns that name a fact, whichever of its versions a row holds."""
    return list(source.event_id) if source.keeps_versions else ["record_key"]


def newest_micros(events: DataFrame) -> int | None:
    """The greatest `event_timestamp` in microseconds; `None` without events."""
    newest = events.agg(F.max(F.unix_micros("event_timestamp"))).first()
    return newest[0] if newest else None


def touched_ranges(changed: DataFrame, view: FeatureView) -> DataFrame:
    """Per entity the times `[_from, _until]` (microseconds) at which its features may differ because of `changed`."""
    keys = list(view.entity.join_keys)
    time = F.unix_micros("event_timestamp")
    width = micros(view.longest_window)
    return (
        _with_keys(changed, view)
        .groupBy(*keys)
        .agg(F.min(time).alias(FROM), (F.max(time) + width).alias(UNTIL))
    )


def all_ranges(events: DataFrame, stored: DataFrame | None, view: FeatureView) -> DataFrame:
    """Every entity with a range that holds all times: of the events, and of the feature rows stored so far."""
    keys = list(view.entity.join_keys)
    entities = _with_keys(events, view).select(*keys)
    if stored is not None:  # one whose events are all gone has rows to withdraw
        entities = entities.union(standing(stored).select(*keys))
    return _at_all_times(entities.distinct())


def events_at_all_times(events: DataFrame, view: FeatureView) -> DataFrame:
    """Every event of an entity, with a range that holds all times; what `events_in_reach` of `all_ranges` gives."""
    return _at_all_times(_with_keys(events, view))


def events_in_reach(events: DataFrame, ranges: DataFrame, view: FeatureView) -> DataFrame:
    """The events that the features in these ranges are computed from, with their entity's range."""
    time = F.unix_micros("event_timestamp")
    width = micros(view.longest_window)
    joined = events.join(ranges, list(view.entity.join_keys), "inner")
    return joined.where((time >= F.col(FROM) - width) & (time <= F.col(UNTIL)))


def _at_all_times(rows: DataFrame) -> DataFrame:
    return rows.withColumns({FROM: F.lit(-_FOREVER), UNTIL: F.lit(_FOREVER)})


def _with_keys(rows: DataFrame, view: FeatureView) -> DataFrame:
    """A null part of a key matches nothing in a join, so no features are made for it."""
    present: Column = reduce(
        lambda left, right: left & right, (F.col(k).isNotNull() for k in view.entity.join_keys)
    )
    return rows.where(present)


def _among(rows: DataFrame, touched: DataFrame, names: list[str]) -> DataFrame:
    condition = reduce(
        lambda left, right: left & right, (rows[name].eqNullSafe(touched[name]) for name in names)
    )
    return rows.join(touched, condition, "left_semi")


def _unlike(ours: DataFrame, theirs: DataFrame) -> DataFrame:
    """Our rows whose key and content the others do not hold."""
    return ours.join(
        theirs.select("record_key", "content_digest"), ["record_key", "content_digest"], "left_anti"
    )
