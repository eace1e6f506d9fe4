"""Rejected rows keep where they came from, what was wrong, and the row itself."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from featurestore.definitions.schema import DataType, Field, Schema
from featurestore.offline.quarantine import quarantine_rows, quarantine_schema
from featurestore.offline.tables import QUARANTINE
from featurestore.offline.validate import validate
from tests.helpers.raw_rows import raw_texts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

READ_AT = datetime(2024, 3, 1, 10, 0, 0, 1, tzinfo=timezone.utc)
MICROS = 1_709_287_200_000_001


def test_only_rejected_rows_are_kept_with_reason_place_and_text(spark: SparkSession) -> None:
    schema = Schema(fields=(Field(name="n", data_type=DataType.INT64),))
    validated = validate(raw_texts(spark, ["n"], [{"n": "1"}, {"n": "x"}, None]), schema, timezone=None)

    rows = quarantine_rows(validated, read_at=READ_AT, schema_version=3).orderBy("record_key")

    assert rows.schema.simpleString() == quarantine_schema().simpleString()
    found = [tuple(row) for row in rows.withColumn("read_at", F.unix_micros("read_at")).collect()]
    malformed = "expected one whole record, got something else"
    assert found == [
        ("001", "type", "n", "expected int64, got x", "row 1", "raw", 3, MICROS, MICROS),
        ("002", "malformed", "", malformed, "row 2", "raw", 3, MICROS, MICROS),
    ]


def test_the_table_is_laid_out_by_columns_it_has() -> None:
    names = set(quarantine_schema().names)

    assert {QUARANTINE.record_key, QUARANTINE.partition_by, *QUARANTINE.order_by} <= names
