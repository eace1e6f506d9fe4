"""Rejected rows as they are kept: where they came from, what was wrong, and the row as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.instants import to_micros
from featurestore.offline.raw_rows import COORDINATES, POSITION, RAW, raw_text
from featurestore.offline.validate import REJECTION

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import DataFrame


def quarantine_schema() -> T.StructType:
    """Columns of a quarantine table."""
    return T.StructType(
        [
            T.StructField("record_key", T.StringType()),
            T.StructField("reason", T.StringType()),
            T.StructField("field", T.StringType()),
            T.StructField("message", T.StringType()),
            T.StructField("position", T.StringType()),
            T.StructField("raw", T.StringType()),
            T.StructField("schema_version", T.LongType()),
            T.StructField("read_at", T.TimestampType()),
            T.StructField("version", T.LongType()),
        ]
    )


def quarantine_rows(validated: DataFrame, *, read_at: datetime, schema_version: int) -> DataFrame:
    """The rejected rows of a validated batch; the key is the row's place in its source.

    The same row read again replaces its earlier judgement.
    """
    moment = to_micros(read_at)
    return validated.where(F.col(REJECTION).isNotNull()).select(
        F.col(COORDINATES).alias("record_key"),
        F.col(f"{REJECTION}.reason"),
        F.col(f"{REJECTION}.field"),
        F.col(f"{REJECTION}.message"),
        F.col(POSITION).alias("position"),
        raw_text(validated.schema[RAW].dataType).alias("raw"),
        F.lit(schema_version).cast("bigint").alias("schema_version"),
        F.timestamp_micros(F.lit(moment)).alias("read_at"),
        F.lit(moment).alias("version"),
    )
