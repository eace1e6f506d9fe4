"""Events on disk: key, times, order and content of each row, and which row of a key wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.definitions.sources import FileSource, KafkaSource
from featurestore.instants import to_micros
from featurestore.offline.derived import with_derived
from featurestore.offline.encoding import record_key, row_digest
from featurestore.offline.raw_rows import COORDINATES
from featurestore.offline.spark_types import SPARK_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

    from featurestore.definitions.schema import Field
    from featurestore.definitions.sources import Source

SYSTEM_COLUMNS: tuple[tuple[str, T.DataType], ...] = (
    ("record_key", T.StringType()),
    ("event_timestamp", T.TimestampType()),
    ("known_at", T.TimestampType()),
    ("version", T.LongType()),
    ("is_deleted", T.BooleanType()),
    ("content_digest", T.StringType()),
    ("known_order", T.LongType()),
    ("event_date", T.StringType()),
)
ORDER = ("version", "content_digest", "known_order")
ROW = "_row"
"""A number that tells the rows of one batch apart, as long as the batch is kept."""
_FEW_KEYS = 100_000
"""So many keys fit into every executor's memory."""
TIMES_OF_THE_RUN = ("known_at", "known_order")
"""Columns that say when a run happened, not what it found; digests leave them out."""


def table_schema(fields: Sequence[Field]) -> T.StructType:
    """Columns of an events table with these fields."""
    own = {name for name, _ in SYSTEM_COLUMNS}
    system = [T.StructField(name, kind) for name, kind in SYSTEM_COLUMNS]
    declared = [
        T.StructField(field.name, SPARK_TYPES[field.data_type]) for field in fields if field.name not in own
    ]
    return T.StructType([*system, *declared])


def to_events(
    accepted: DataFrame, source: Source, *, fields: Sequence[Field], read_at: datetime
) -> DataFrame:
    """Accepted rows with the columns of the events table and `_row`.

    `fields` are all columns of the table; one that the rows lack is null. `read_at` is when the batch was
    read.
    """
    version_type = accepted.schema[source.version].dataType if source.version else T.TimestampType()
    version = F.col(source.version or source.event_timestamp)
    with_columns = accepted.withColumns(
        {
            "_event_timestamp": F.col(source.event_timestamp),
            "_known_at": _known_at(source, read_at),
            "_version": F.unix_micros(version) if isinstance(version_type, T.TimestampType) else version,
            "_is_deleted": F.coalesce(F.col(source.is_deleted), F.lit(False))
            if source.is_deleted
            else F.lit(False),
        }
    )
    present = [field for field in fields if field.name in accepted.columns]
    content = [(field.name, SPARK_TYPES[field.data_type]) for field in present]
    keyed = with_columns.withColumns(
        {
            "_record_key": _key(source, accepted),
            "_content_digest": row_digest(content),
            "_known_order": -F.unix_micros("_known_at"),
            "_event_date": F.date_format("_event_timestamp", "yyyy-MM-dd"),
        }
    )
    return keyed.select(ROW, *(_column(column, accepted) for column in table_schema(fields).fields))


def current(events: DataFrame, source: Source) -> DataFrame:
    """The facts as they stand: the greatest version of each event, deleted ones left out."""
    standing = events
    if source.keeps_versions:
        greatest_first = Window.partitionBy(*source.event_id).orderBy(*(F.col(name).desc() for name in ORDER))
        ranked = events.withColumn("_rank", F.row_number().over(greatest_first))
        standing = ranked.where(F.col("_rank") == 1).drop("_rank")
    return standing.where(~F.col("is_deleted"))


def facts(events: DataFrame, source: Source) -> DataFrame:
    """The current facts with the source's derived columns: what views see."""
    return with_derived(current(events, source), source.transform, subject=f"Source {source.name!r}")


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Rows that lost, by `_row`, and how many of equal order had different content."""

    losers: DataFrame
    superseded: int
    conflicts: int
    kept: tuple[DataFrame, ...] = ()
    """Persisted frames behind `losers`, to be released after the write."""


def within_batch(events: DataFrame) -> Contest:
    """Of the rows of one key in one read all but the greatest lose.

    Hashes of keys are looked at first: as a rule few repeat, and then only their rows need their order
    computed. Different keys of one hash are not mistaken for rivals, only looked at.
    """
    hashed = events.withColumn("_hash", F.xxhash64("record_key"))
    repeated = hashed.groupBy("_hash").count().where("count > 1").select("_hash").persist()
    hashes = repeated.count()
    few = F.broadcast(repeated) if hashes <= _FEW_KEYS else repeated
    rivals = hashed.join(few, "_hash", "left_semi").select(ROW, "record_key", *ORDER)
    if not hashes:
        repeated.unpersist()
        return Contest(losers=rivals.select(ROW).limit(0), superseded=0, conflicts=0)
    greatest_first = Window.partitionBy("record_key").orderBy(*(F.col(name).desc() for name in (*ORDER, ROW)))
    ranked = rivals.withColumn("_rank", F.row_number().over(greatest_first)).withColumn(
        "_winner", F.first(F.struct("version", "content_digest")).over(greatest_first)
    )
    losers = ranked.where(F.col("_rank") > 1).withColumn("_conflict", _conflicts("_winner")).persist()
    counted = losers.agg(F.count("*"), F.sum(F.col("_conflict").cast("long"))).first()
    repeated.unpersist()
    assert counted is not None  # noqa: S101 - an aggregate without keys always gives one row
    return Contest(
        losers=losers.select(ROW), superseded=counted[0], conflicts=counted[1] or 0, kept=(losers,)
    )


@dataclass(frozen=True, kw_only=True)
class AgainstTable:
    """How a batch stands against what the table holds."""

    losers: DataFrame
    matched: int
    stale: int
    conflicts: int
    kept: tuple[DataFrame, ...] = ()
    """Persisted frames behind `losers`, to be released after the write."""


def against_table(events: DataFrame, stored: DataFrame) -> AgainstTable:
    """Which rows lose against the row that the table holds for their key.

    A row that repeats what is stored loses too, so that `known_at` stays the time of the first.
    """
    ours = events.select(ROW, "record_key", *ORDER)
    theirs = stored.select("record_key", F.struct(*ORDER).alias("_stored"))
    matched = ours.join(theirs, "record_key", "inner")
    judged = matched.select(
        ROW,
        (F.struct(*ORDER) <= F.col("_stored")).alias("_stale"),
        _conflicts("_stored").alias("_conflict"),
    ).persist()
    counted = judged.agg(
        F.count("*"), F.sum(F.col("_stale").cast("long")), F.sum(F.col("_conflict").cast("long"))
    ).first()
    assert counted is not None  # noqa: S101 - an aggregate without keys always gives one row
    losers = judged.where("_stale").select(ROW)
    matched_rows, stale, conflicts = counted[0], counted[1] or 0, counted[2] or 0
    return AgainstTable(losers=losers, matched=matched_rows, stale=stale, conflicts=conflicts, kept=(judged,))


def without(events: DataFrame, losers: DataFrame) -> DataFrame:
    """The rows that are not among the losers."""
    return events.join(losers, ROW, "left_anti")


def _conflicts(winner: str) -> Column:
    same_version = F.col("version") == F.col(f"{winner}.version")
    return same_version & (F.col("content_digest") != F.col(f"{winner}.content_digest"))


def _known_at(source: Source, read_at: datetime) -> Column:
    if source.known_at is not None:
        return F.col(source.known_at)
    if isinstance(source, FileSource) and source.availability_delay is not None:
        delay = int(source.availability_delay.total_seconds() * 1_000_000)
        return F.timestamp_micros(F.unix_micros(F.col(source.event_timestamp)) + F.lit(delay))
    visible = read_at + source.visibility_delay if isinstance(source, KafkaSource) else read_at
    return F.timestamp_micros(F.lit(to_micros(visible)))


def _key(source: Source, accepted: DataFrame) -> Column:
    if not source.event_id:
        return F.col(COORDINATES)
    parts = [(name, accepted.schema[name].dataType) for name in source.event_id]
    if source.keeps_versions:
        parts.append(("_version", T.LongType()))
    return record_key(parts)


def _column(column: T.StructField, accepted: DataFrame) -> Column:
    if column.name in {name for name, _ in SYSTEM_COLUMNS}:
        return F.col(f"_{column.name}").alias(column.name)
    if column.name in accepted.columns:
        return F.col(column.name)
    return F.lit(None).cast(column.dataType).alias(column.name)
