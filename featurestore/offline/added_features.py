"""Features added to a view that has rows already: what is stored stays to the bit and gets the new columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from featurestore.errors import RowCountMismatch
from featurestore.offline.aggregate import aggregate
from featurestore.offline.changes import events_at_all_times
from featurestore.offline.derived import with_derived
from featurestore.offline.features import own_columns, table_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureView
    from featurestore.definitions.schema import Schema
    from featurestore.instants import Instant

_HELD = "_held"

WAS_STORED = "_was_stored"
"""Whether a row was stored before (else it repeats the one before, or is null where there is none); a column for
`checked_rows`, which takes it away."""


def added_rows(
    events: DataFrame,
    stored: DataFrame,
    view: FeatureView,
    schema: Schema,
    *,
    added: tuple[str, ...],
    source_instant: Instant,
) -> DataFrame:
    """Every standing row of the view with its features as stored and those in `added` computed, and `_was_stored`.

    `events` are the facts that `stored` (standing rows) was computed from. A window that no stored feature has
    changes at times of its own: rows there repeat the stored features of the row before, which hold until the
    next.
    """
    derived = [column for column in view.features if column.name in added]
    aggregations = [one for one in view.aggregations if one.name in added]
    held = [name for name in view.feature_names if name not in added]
    if aggregations:
        computed = aggregate(events_at_all_times(events, view), view, schema, only=aggregations)
        rows = _beside(computed, stored, view, held)
        if _new_windows(view, added):
            rows = _held_until_the_next(rows, view, held)
    else:
        rows = stored.withColumn(WAS_STORED, F.lit(True))
    complete = with_derived(rows, derived, subject=f"FeatureView {view.name!r}")
    keyed = own_columns(complete, view, source_instant=source_instant)
    return keyed.select(*table_schema(view, schema).names, WAS_STORED)


def checked_rows(rows: DataFrame, stored: DataFrame) -> tuple[DataFrame, int]:
    """The rows to write and how many they are; `rows` are those of `added_rows`, kept, for they are read here.

    Raises `RowCountMismatch` where the facts did not give the rows that are stored.
    """
    unknown = F.col(WAS_STORED).isNull()
    counted = rows.agg(F.count("*"), F.count_if(WAS_STORED), F.count_if(unknown)).first()
    number, found, new = counted or (0, 0, 0)
    expected = stored.count()
    if new or found != expected:
        raise RowCountMismatch("compute_features, adding", expected=expected, received=found + new)
    return rows.drop(WAS_STORED), number


def with_missing(stored: DataFrame, view: FeatureView, schema: Schema) -> DataFrame:
    """The rows with a null for each feature that they lack."""
    kinds = {field.name: field.dataType for field in table_schema(view, schema).fields}
    lacking = [name for name in view.feature_names if name not in stored.columns]
    return stored.withColumns({name: F.lit(None).cast(kinds[name]) for name in lacking})


def _new_windows(view: FeatureView, added: tuple[str, ...]) -> bool:
    """Whether one of the added aggregations has a window that no other has."""
    known = {one.window for one in view.aggregations if one.name not in added}
    return any(one.window not in known for one in view.aggregations)


def _beside(computed: DataFrame, stored: DataFrame, view: FeatureView, held: list[str]) -> DataFrame:
    """The computed columns beside those that the stored row of the same entity and time holds, if there is one."""
    keys = list(view.entity.join_keys)
    theirs = stored.select(*keys, "event_timestamp", *held, F.lit(True).alias(WAS_STORED))
    # Both sides lie together by entity, which serves the join and a window after it.
    return computed.repartition(*keys).join(theirs.repartition(*keys), [*keys, "event_timestamp"], "left")


def _held_until_the_next(rows: DataFrame, view: FeatureView, held: list[str]) -> DataFrame:
    """The rows with the held features of the stored row before where they were not stored themselves."""
    so_far = Window.partitionBy(*view.entity.join_keys).orderBy("event_timestamp")
    stated = F.when(F.col(WAS_STORED), F.struct(*held))
    filled = rows.withColumn(_HELD, F.last(stated, ignorenulls=True).over(so_far))
    repeats = F.when(F.col(_HELD).isNotNull(), F.coalesce(WAS_STORED, F.lit(False)))
    carried = {name: F.col(f"{_HELD}.{name}") for name in held}
    return filled.withColumns({**carried, WAS_STORED: repeats}).drop(_HELD)
