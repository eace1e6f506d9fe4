"""Feature tables: change rows on disk, and which of them a run must write, rewrite or withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.offline.aggregate import FROM, UNTIL, output_schema
from featurestore.offline.derived import with_derived
from featurestore.offline.encoding import key_of, row_digest
from featurestore.offline.spark_types import SPARK_TYPES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from featurestore.definitions.features import FeatureView
    from featurestore.definitions.schema import Schema
    from featurestore.instants import Instant

_DIGEST = "_digest"


def table_schema(view: FeatureView, schema: Schema) -> T.StructType:
    """Columns of a feature table: record key, entity keys, event_timestamp, features, then the table's own."""
    return T.StructType(
        [
            T.StructField("record_key", T.StringType()),
            *output_schema(view, schema, view.aggregations).fields,
            *(T.StructField(one.name, SPARK_TYPES[one.data_type]) for one in view.features),
            T.StructField("version", T.LongType()),
            T.StructField("is_deleted", T.BooleanType()),
            T.StructField("event_month", T.StringType()),
        ]
    )


def to_feature_rows(computed: DataFrame, view: FeatureView, *, source_instant: Instant) -> DataFrame:
    """Change rows with derived features and the table's own columns; ordered by the source instant they come from."""
    derived = with_derived(computed, view.features, subject=f"FeatureView {view.name!r}")
    keyed = own_columns(derived, view, source_instant=source_instant)
    own = ["version", "is_deleted", "event_month"]
    return keyed.select("record_key", *view.entity.join_keys, "event_timestamp", *view.feature_names, *own)


def own_columns(rows: DataFrame, view: FeatureView, *, source_instant: Instant) -> DataFrame:
    """The rows with the columns that the table has beside keys and features."""
    return rows.withColumns(
        {
            "record_key": key_of(rows, [*view.entity.join_keys, "event_timestamp"]),
            "version": _version(source_instant),
            "is_deleted": F.lit(False),
            "event_month": F.date_format("event_timestamp", "yyyy-MM"),
        }
    )


def rows_to_write(
    computed: DataFrame, stored: DataFrame, ranges: DataFrame, view: FeatureView, *, source_instant: Instant
) -> DataFrame:
    """Of the rows computed for these ranges those the table lacks or holds differently, and tombstones.

    A stored row in a range that was not computed again is no change point any more (its event was deleted or
    moved): it is withdrawn. Rows that are right already are not written.
    """
    mine = computed.withColumn(_DIGEST, _content(computed, view))
    in_range = _stored_in(stored, ranges, view)
    theirs = in_range.withColumn(_DIGEST, _content(in_range, view))
    new = mine.join(theirs.select("record_key", _DIGEST), ["record_key", _DIGEST], "left_anti")
    gone = theirs.join(mine.select("record_key"), "record_key", "left_anti")
    tombstones = gone.withColumn("version", _version(source_instant)).withColumn("is_deleted", F.lit(True))
    columns = [name for name in computed.columns if name != _DIGEST]
    return new.select(*columns).unionByName(tombstones.select(*columns))


def standing(rows: DataFrame, *, until_micros: int | None = None) -> DataFrame:
    """Feature rows that are not withdrawn; with `until_micros` none dated after it.

    Rows after the newest event read say how windows will empty. Joins need them; as latest values they must not
    show.
    """
    kept = rows.where(~F.col("is_deleted"))
    return (
        kept if until_micros is None else kept.where(F.unix_micros("event_timestamp") <= F.lit(until_micros))
    )


def withdrawn(rows: DataFrame) -> DataFrame:
    """Feature rows that stand no more; a table keeps them so that an older row can not come back."""
    return rows.where("is_deleted")


def _version(source_instant: Instant) -> Column:
    return F.lit(int(str(source_instant))).cast("bigint")


def _stored_in(stored: DataFrame, ranges: DataFrame, view: FeatureView) -> DataFrame:
    time = F.unix_micros("event_timestamp")
    joined = standing(stored).join(ranges, list(view.entity.join_keys), "inner")
    return joined.where((time >= F.col(FROM)) & (time <= F.col(UNTIL))).drop(FROM, UNTIL)


def _content(rows: DataFrame, view: FeatureView) -> Column:
    kinds = {field.name: field.dataType for field in rows.schema.fields}
    return row_digest((name, kinds[name]) for name in view.feature_names)
