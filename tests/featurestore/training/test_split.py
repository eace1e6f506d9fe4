"""Splits: the same side for an entity everywhere, a gap in time, and every row counted once."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest, NotEnoughRows
from featurestore.training.split import entity_position, is_test_entity, split_by_entity, split_by_time

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def clicks(spark: SparkSession, users: list[str | None]) -> DataFrame:
    return spark.createDataFrame(
        [(user, number) for number, user in enumerate(users)], "user string, number int"
    )


def at(spark: SparkSession, *times: datetime) -> DataFrame:
    return spark.createDataFrame(
        [(number, time) for number, time in enumerate(times)], "number int, event_timestamp timestamp"
    )


def numbers(rows: DataFrame) -> list[int]:
    return sorted(row["number"] for row in rows.collect())


def test_spark_and_python_choose_the_same_side(spark: SparkSession) -> None:
    users = [*(f"u{number}" for number in range(500)), "", "früh", "鍵", "a b"]
    rows = clicks(spark, [*users])

    split = split_by_entity(rows, keys=["user"], test_fraction=0.3, key_text=F.col("user"))

    assert {row["user"] for row in split.test.collect()} == {
        u for u in users if is_test_entity(u, test_fraction=0.3)
    }
    assert split.train_rows + split.test_rows == len(users)
    assert 0.2 < split.test_rows / len(users) < 0.4


def test_the_side_is_that_of_the_first_eight_bytes_of_the_digest() -> None:
    # printf u1 | sha256sum
    assert entity_position("u1") == 0xBB82030DBC2BCABA


@given(key=st.text(), fraction=st.floats(0.001, 0.999))
def test_a_larger_test_fraction_keeps_every_test_entity(key: str, fraction: float) -> None:
    if is_test_entity(key, test_fraction=fraction / 2):
        assert is_test_entity(key, test_fraction=fraction)


def test_all_rows_of_an_entity_are_on_one_side(spark: SparkSession) -> None:
    rows = clicks(spark, [f"u{number % 20}" for number in range(200)])

    split = split_by_entity(rows, keys=["user"], test_fraction=0.4, key_text=F.col("user"))

    train, test = ({row["user"] for row in side.collect()} for side in (split.train, split.test))
    assert not train & test
    assert len(train | test) == 20
    assert (split.train_rows, split.test_rows) == (split.train.count(), split.test.count())


def test_a_key_text_that_holds_more_than_the_entity_is_refused(spark: SparkSession) -> None:
    rows = clicks(spark, ["u1"] * 50)

    with pytest.raises(InvalidRequest, match="one value per entity"):
        split_by_entity(
            rows, keys=["user"], test_fraction=0.5, key_text=F.concat("user", F.col("number").cast("string"))
        )


def test_a_side_without_entities_is_refused(spark: SparkSession) -> None:
    with pytest.raises(NotEnoughRows, match="both sides"):
        split_by_entity(clicks(spark, ["u1"] * 3), keys=["user"], test_fraction=0.5, key_text=F.col("user"))


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_fraction_that_leaves_a_side_empty_is_refused(fraction: float) -> None:
    with pytest.raises(InvalidRequest, match="test_fraction"):
        is_test_entity("u1", test_fraction=fraction)


def test_the_newest_rows_are_test_and_a_gap_comes_before(spark: SparkSession) -> None:
    rows = at(spark, *(NOON + number * HOUR for number in range(10)))

    split = split_by_time(rows, test_fraction=0.2, gap=3 * HOUR)

    assert split.cut == NOON + 8 * HOUR
    assert numbers(split.test) == [8, 9]
    assert numbers(split.train) == [0, 1, 2, 3, 4, 5]
    assert (split.train_rows, split.gap_rows, split.test_rows) == (6, 2, 2)


def test_without_a_gap_the_row_at_the_cut_is_test_only(spark: SparkSession) -> None:
    split = split_by_time(
        at(spark, *(NOON + n * HOUR for n in range(4))), test_fraction=0.5, gap=timedelta(0)
    )

    assert (numbers(split.train), numbers(split.test), split.gap_rows) == ([0, 1], [2, 3], 0)


def test_rows_of_equal_time_stay_together(spark: SparkSession) -> None:
    rows = at(spark, NOON, NOON + HOUR, NOON + HOUR, NOON + HOUR)

    split = split_by_time(rows, test_fraction=0.25, gap=timedelta(0))

    assert (numbers(split.train), numbers(split.test)) == ([0], [1, 2, 3])


def test_the_cut_is_exact_to_the_microsecond_on_either_side_of_1970(spark: SparkSession) -> None:
    tick = timedelta(microseconds=1)
    times = [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc) + offset
        for offset in (-90_000 * HOUR, -HOUR, -tick, timedelta(0), tick, 2 * tick, HOUR, 24 * HOUR)
    ]
    rows = at(spark, *times)

    for newest in (3, 6):
        split = split_by_time(rows, test_fraction=newest / len(times), gap=timedelta(0))
        assert split.cut == times[-newest]
        assert split.test_rows == newest


def test_a_gap_that_swallows_the_train_side_is_refused(spark: SparkSession) -> None:
    with pytest.raises(NotEnoughRows, match="3 in the gap"):
        split_by_time(at(spark, *(NOON + n * HOUR for n in range(4))), test_fraction=0.25, gap=24 * HOUR)


def test_no_rows_cannot_be_split_by_time(spark: SparkSession) -> None:
    with pytest.raises(NotEnoughRows):
        split_by_time(at(spark), test_fraction=0.5, gap=HOUR)


def test_a_row_without_time_cannot_be_split_by_time(spark: SparkSession) -> None:
    rows = at(spark, NOON, NOON + HOUR).union(at(spark, NOON).withColumn("event_timestamp", F.lit(None)))

    with pytest.raises(InvalidRequest, match="1 nulls"):
        split_by_time(rows, test_fraction=0.5, gap=HOUR)


def test_a_negative_gap_is_refused(spark: SparkSession) -> None:
    with pytest.raises(InvalidRequest, match="gap"):
        split_by_time(at(spark, NOON), test_fraction=0.5, gap=-HOUR)
