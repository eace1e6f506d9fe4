"""Which feature rows a run writes, rewrites or withdraws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from featurestore.instants import Instant, to_micros
from featurestore.offline.aggregate import FROM, UNTIL
from featurestore.offline.features import rows_to_write, standing, table_schema, to_feature_rows
from tests.helpers.frames import assert_rows_equal, at, frame
from tests.helpers.shop import SMALL, VISITS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

COMPUTED = (
    "user string, event_timestamp timestamp, visits_10m bigint, pieces_30m bigint, last_page_10m string"
)
FIRST, SECOND = Instant("20240601000000001"), Instant("20240601000000002")


def rows(spark: SparkSession, text: str, instant: Instant) -> DataFrame:
    return to_feature_rows(frame(spark, COMPUTED, text), SMALL, source_instant=instant)


def ranges(spark: SparkSession, text: str) -> DataFrame:
    given = frame(spark, "user string, a timestamp, b timestamp", text)
    return given.select("user", F.unix_micros("a").alias(FROM), F.unix_micros("b").alias(UNTIL))


def written(computed: DataFrame, stored: DataFrame, within: DataFrame) -> DataFrame:
    writing = rows_to_write(computed, stored, within, SMALL, source_instant=SECOND)
    assert writing.columns == computed.columns
    return writing.select("user", "event_timestamp", "visits_10m", "last_page_10m", "version", "is_deleted")


def test_rows_have_the_columns_of_their_table(spark: SparkSession) -> None:
    made = rows(spark, "u1 10:00 1 2 home", FIRST)

    schema = table_schema(SMALL, VISITS.schema)
    assert [(f.name, f.dataType) for f in made.schema] == [(f.name, f.dataType) for f in schema]
    micros = to_micros(at("10:00"))
    line = f"2:u1{len(str(micros))}:{micros} u1 10:00 1 2 home {FIRST} false 2024-06"
    assert_rows_equal(made, line)


def test_only_rows_that_differ_are_written(spark: SparkSession) -> None:
    stored = rows(spark, "u1 10:00 1 2 home \n u1 10:10 0 2 - \n u1 10:20 1 2 home", FIRST)
    computed = rows(
        spark, "u1 10:00 1 2 home \n u1 10:10 0 2 cart \n u1 10:20 1 2 - \n u1 10:30 0 0 -", SECOND
    )

    writing = written(computed, stored, ranges(spark, "u1 09:00 12:00"))

    assert_rows_equal(
        writing,
        f"u1 10:10 0 cart {SECOND} false \n u1 10:20 1 - {SECOND} false \n u1 10:30 0 - {SECOND} false",
    )


def test_null_and_zero_are_not_the_same_content(spark: SparkSession) -> None:
    stored = rows(spark, "u1 10:00 1 - home", FIRST)
    computed = rows(spark, "u1 10:00 1 0 home", SECOND)

    assert written(computed, stored, ranges(spark, "u1 09:00 12:00")).count() == 1


def test_a_row_in_range_that_is_no_change_point_any_more_is_withdrawn(spark: SparkSession) -> None:
    stored = rows(spark, "u1 10:00 1 2 home \n u1 10:10 0 2 - \n u2 10:00 1 2 home", FIRST)
    computed = rows(spark, "u1 10:00 1 2 home", SECOND).limit(0)

    writing = written(computed, stored, ranges(spark, "u1 10:00 10:09"))

    assert_rows_equal(writing, f"u1 10:00 1 home {SECOND} true")


def test_a_withdrawn_row_is_not_withdrawn_again_and_can_come_back(spark: SparkSession) -> None:
    stored = rows(spark, "u1 10:00 1 2 home \n u1 10:10 1 2 home", FIRST).withColumn(
        "is_deleted", F.lit(True)
    )
    computed = rows(spark, "u1 10:00 1 2 home", SECOND)

    writing = written(computed, stored, ranges(spark, "u1 09:00 12:00"))

    assert_rows_equal(writing, f"u1 10:00 1 home {SECOND} false")


def test_standing_rows_can_end_at_the_newest_event(spark: SparkSession) -> None:
    stored = rows(spark, "u1 10:00 1 2 home \n u1 10:00:00.000001 0 2 -", FIRST)

    assert standing(stored).count() == 2
    assert standing(stored, until_micros=to_micros(at("10:00"))).count() == 1
    assert standing(stored.withColumn("is_deleted", F.lit(True))).count() == 0
