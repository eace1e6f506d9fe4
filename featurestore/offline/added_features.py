"""Features added to a view that has rows already: what is stored stays to the bit and gets the new columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from featurestore.errors import RowCountMismatch
from featurestore.offline.aggregate import aggregate
from featurestore.offline.changes import all_ranges, events_in_reach
from featurestore.offline.derived import with_derived
from featurestore.offline.encoding import key_of
from featurestore.offline.features import own_columns, table_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureView
    from featurestore.definitions.schema import Schema
    from featurestore.instants import Instant

_HELD = "_held"
"""The features that a stored row holds; null where a new window brings a change point of its own."""

WAS_STORED = "_was_stored"
"""Whether a row was stored before; a column for `checked_rows`, which takes it away."""


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

    `events` are the facts that `stored` (standing rows) was computed from. A new window changes at times of its
    own: rows there repeat the stored features of the row before, which hold until the next.
    """
    derived = [column for column in view.features if column.name in added]
    aggregations = [one for one in view.aggregations if one.name in added]
    held = [name for name in view.feature_names if name not in added]
    if aggregations:
        ranges = all_ranges(events, None, view)
        computed = aggregate(events_in_reach(events, ranges, view), view, schema, only=aggregations)
        rows = _beside(computed, stored, view, held)
    else:
        rows = stored.withColumn(WAS_STORED, F.lit(True))
    complete = with_derived(rows, derived, subject=f"FeatureView {view.name!r}")
    keyed = own_columns(complete, view, source_instant=source_instant)
    return keyed.select(*table_schema(view, schema).names, WAS_STORED)


def checked_rows(rows: DataFrame, stored: DataFrame) -> tuple[DataFrame, int]:
    """The rows to write and how many they are; `rows` are those of `added_rows`, kept, for they are read here.

    Raises `RowCountMismatch` where the facts did not give the rows that are stored.
    """
    counted = rows.agg(F.count("*"), F.count_if(WAS_STORED)).first()
    number, found = (counted[0], counted[1]) if counted else (0, 0)
    expected = stored.count()
    if found != expected:
        raise RowCountMismatch("compute_features, adding", expected=expected, received=found)
    return rows.drop(WAS_STORED), number


def with_missing(stored: DataFrame, view: FeatureView, schema: Schema) -> DataFrame:
    """The rows with a null for each feature that they lack."""
    kinds = {field.name: field.dataType for field in table_schema(view, schema).fields}
    lacking = [name for name in view.feature_names if name not in stored.columns]
    return stored.withColumns({name: F.lit(None).cast(kinds[name]) for name in lacking})


def _beside(computed: DataFrame, stored: DataFrame, view: FeatureView, held: list[str]) -> DataFrame:
    """The computed columns beside those that the stored row of the same entity and time, or the one before, holds."""
    keys = list(view.entity.join_keys)
    key = key_of(computed, [*keys, "event_timestamp"]).alias("record_key")
    theirs = stored.select("record_key", F.struct(*held).alias(_HELD))
    joined = computed.select(key, "*").join(theirs, "record_key", "left")
    so_far = Window.partitionBy(*keys).orderBy("event_timestamp")
    marked = joined.withColumn(WAS_STORED, F.col(_HELD).isNotNull())
    filled = marked.withColumn(_HELD, F.last(_HELD, ignorenulls=True).over(so_far))
    new = [name for name in computed.columns if name not in {*keys, "event_timestamp"}]
    return filled.select(
        *keys,
        "event_timestamp",
        *(F.col(f"{_HELD}.{name}").alias(name) for name in held),
        *new,
        WAS_STORED,
    )
