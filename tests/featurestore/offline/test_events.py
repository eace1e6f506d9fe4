"""Which row of a key wins, and what an accepted row becomes; no table needed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from featurestore import canonical, keys
from featurestore.definitions.schema import DataType, Field
from featurestore.instants import to_micros
from featurestore.offline.events import (
    ROW,
    SYSTEM_COLUMNS,
    against_table,
    table_schema,
    to_events,
    within_batch,
    without,
)
from featurestore.offline.raw_rows import COORDINATES
from tests.helpers.events import clicks, clicks_stream, fields

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

    from featurestore.definitions.sources import Source

pytestmark = pytest.mark.spark

AT = datetime(2024, 3, 1, 23, 59, 59, 999999, tzinfo=timezone.utc)
READ_AT = datetime(2024, 3, 5, tzinfo=timezone.utc)
EXTRA = Field(name="extra", data_type=DataType.STRING, required=False)
Rival = tuple[int, str, int, str, int]
"""Row, record key, version, content digest, known order."""


def rivals(spark: SparkSession, *rows: Rival) -> DataFrame:
    kinds = "record_key string, version bigint, content_digest string, known_order bigint"
    return spark.createDataFrame(list(rows), f"{ROW} bigint, {kinds}")


def numbers(rows: DataFrame) -> set[int]:
    return {row[ROW] for row in rows.collect()}


def as_event(spark: SparkSession, source: Source) -> Row:
    accepted = spark.createDataFrame(
        [(7, "here", "a", AT, 5)],
        f"{ROW} bigint, {COORDINATES} string, id string, at timestamp, amount bigint",
    )
    events = to_events(accepted, source, fields=(*source.schema.fields, EXTRA), read_at=READ_AT)
    times = {name: F.unix_micros(name) for name in ("event_timestamp", "known_at", "at")}
    (row,) = events.withColumns(times).collect()
    return row


def test_an_event_has_the_columns_of_its_table_in_one_order(spark: SparkSession) -> None:
    row = as_event(spark, clicks()).asDict()

    content: dict[str, Any] = {"id": "a", "at": AT, "amount": 5}
    assert row == {
        ROW: 7,
        "record_key": keys.record_key(["a"]),
        "event_timestamp": to_micros(AT),
        "known_at": to_micros(READ_AT),
        "version": to_micros(AT),
        "is_deleted": False,
        "content_digest": canonical.row_digest(content),
        "known_order": -to_micros(READ_AT),
        "event_date": "2024-03-01",
        "id": "a",
        "at": to_micros(AT),
        "amount": 5,
        "extra": None,
    }
    assert list(row)[1:] == table_schema((*fields().fields, EXTRA)).names


@pytest.mark.parametrize(
    ("source", "known_at"),
    [
        (clicks(availability_delay=timedelta(0)), AT),
        (clicks(availability_delay=timedelta(days=1)), AT + timedelta(days=1)),
        (clicks_stream("topic", visibility_delay=timedelta(minutes=1)), READ_AT + timedelta(minutes=1)),
        (clicks(known_at="at", availability_delay=timedelta(days=1)), AT),
    ],
    ids=["backfill", "delayed backfill", "delayed stream", "declared"],
)
def test_known_at_is_when_the_event_could_be_known(
    spark: SparkSession, source: Source, known_at: datetime
) -> None:
    assert as_event(spark, source)["known_at"] == to_micros(known_at)


def test_the_key_is_the_event_id_and_kept_versions_have_one_each(spark: SparkSession) -> None:
    assert as_event(spark, clicks(event_id=()))["record_key"] == "here"
    assert as_event(spark, clicks(event_id=("id", "at")))["record_key"] == keys.record_key(["a", AT])
    kept = as_event(spark, clicks(version="at", keeps_versions=True))
    assert (kept["record_key"], kept["version"]) == (keys.record_key(["a", to_micros(AT)]), to_micros(AT))


def test_fields_that_bear_our_names_are_the_columns_themselves() -> None:
    schema = table_schema((Field(name="version", data_type=DataType.TIMESTAMP), EXTRA))

    assert schema.names == [*(name for name, _ in SYSTEM_COLUMNS), "extra"]


def test_of_one_key_the_greatest_row_of_a_batch_stands(spark: SparkSession) -> None:
    rows = rivals(
        spark,
        (1, "alone", 1, "x", 0),
        (2, "newer wins", 1, "z", 0),
        (3, "newer wins", 2, "a", -9),
        (4, "greater content wins", 1, "x", 0),
        (5, "greater content wins", 1, "y", -9),
        (6, "first known wins", 1, "x", -5),
        (7, "first known wins", 1, "x", -4),
        (8, "three", 1, "a", 0),
        (9, "three", 2, "b", 0),
        (10, "three", 2, "c", 0),
    )

    contest = within_batch(rows)

    assert numbers(contest.losers) == {2, 4, 6, 8, 9}
    assert (contest.superseded, contest.conflicts) == (5, 2)
    assert numbers(without(rows, contest.losers)) == {1, 3, 5, 7, 10}


def test_a_batch_loses_to_what_the_table_holds_unless_it_is_greater(spark: SparkSession) -> None:
    batch = rivals(
        spark,
        (1, "new", 1, "x", 0),
        (2, "newer", 2, "a", 0),
        (3, "older", 0, "z", 0),
        (4, "same", 1, "m", 0),
        (5, "greater content", 1, "n", -9),
        (6, "smaller content", 1, "l", 9),
        (7, "known earlier", 1, "m", 5),
        (8, "known later", 1, "m", -5),
    )
    held = ("newer", "older", "same", "greater content", "smaller content", "known earlier", "known later")
    stored = rivals(spark, *((0, key, 1, "m", 0) for key in held))

    found = against_table(batch, stored)

    assert numbers(found.losers) == {3, 4, 6, 8}
    assert (found.matched, found.stale, found.conflicts) == (7, 4, 2)


def test_nothing_in_common_is_no_contest(spark: SparkSession) -> None:
    batch, stored = rivals(spark, (1, "a", 1, "x", 0)), rivals(spark, (9, "b", 1, "x", 0))

    found = against_table(batch, stored)

    assert (found.matched, found.stale, found.conflicts, within_batch(batch).superseded) == (0, 0, 0, 0)
