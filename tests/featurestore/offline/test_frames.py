"""Frames in and out of Spark: order, nulls and types as they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.errors import InvalidRequest, NaiveTimestamp
from featurestore.offline.frames import (
    as_frame,
    checked_spark,
    collected,
    frame_kind,
    kind_of,
    names_of,
    to_pandas,
    to_spark,
)
from featurestore.offline.point_in_time import ROW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

TYPED = pa.table(
    {
        "small": pa.array([7, None, 5], pa.int16()),
        "big": pa.array([2**53 + 1, None, -1], pa.int64()),
        "number": pa.array([0.5, None, float("nan")], pa.float64()),
        "flag": pa.array([True, None, False]),
        "text": pa.array(["ü", None, ""]),
        "day": pa.array([date(1500, 1, 1), None, date(2024, 2, 29)]),
        "time": pa.array(
            [
                datetime(1850, 1, 1, 0, 0, 0, 1, tzinfo=timezone.utc),
                None,
                datetime(2024, 6, 1, tzinfo=timezone.utc),
            ],
            pa.timestamp("us", "UTC"),
        ),
        "a b.c": pa.array([1, 2, 3], pa.int32()),
    }
)


@pytest.fixture
def give(spark: SparkSession, tmp_path: Path) -> Callable[..., DataFrame]:
    """Hands rows to Spark by way of this test's folder."""

    def through(rows: Any, **options: Any) -> DataFrame:
        return to_spark(rows, spark, folder=tmp_path / "frames", **options)

    return through


def test_a_kind_is_one_of_three() -> None:
    assert [frame_kind(name) for name in ("spark", "pandas", "arrow")] == ["spark", "pandas", "arrow"]
    with pytest.raises(InvalidRequest, match="one of: spark, pandas, arrow"):
        frame_kind("polars")
    with pytest.raises(InvalidRequest, match="got 'list'"):
        kind_of([1])


def test_names_are_those_of_the_frame() -> None:
    assert names_of(TYPED) == TYPED.schema.names
    assert names_of(pd.DataFrame({"a": [1], "b": [2]})) == ["a", "b"]
    with pytest.raises(InvalidRequest):
        names_of(pa.table([[1], [2]], names=["a", "A"]))


@pytest.mark.spark
def test_arrow_comes_back_as_it_went_in(give: Callable[..., DataFrame]) -> None:
    rows = give(TYPED)

    back = collected(rows).sort_by(ROW).drop_columns([ROW])

    assert back.schema.equals(TYPED.schema)
    assert str(back.to_pydict()) == str(TYPED.to_pydict())  # as text, because NaN is not equal to itself


@pytest.mark.spark
def test_pandas_comes_back_with_types_that_know_nulls(give: Callable[..., DataFrame]) -> None:
    found = as_frame(give(to_pandas(TYPED)).orderBy(ROW).drop(ROW), "pandas")

    assert isinstance(found, pd.DataFrame)
    assert {name: str(kind) for name, kind in found.dtypes.items()} == {
        "small": "Int16",
        "big": "Int64",
        "number": "float64",
        "flag": "boolean",
        "text": "object",
        "day": "object",
        "time": "datetime64[us, UTC]",
        "a b.c": "Int32",
    }
    assert found.big.tolist() == [2**53 + 1, pd.NA, -1]
    assert found.text.tolist() == ["ü", None, ""]


@pytest.mark.spark
def test_order_and_duplicates_are_kept_over_many_row_groups(
    give: Callable[..., DataFrame], tmp_path: Path
) -> None:
    values = [(number * 7919) % 1000 for number in range(10_000)]

    rows = give(pa.table({"x": values}))

    assert collected(rows.orderBy(ROW))["x"].to_pylist() == values
    assert list((tmp_path / "frames").iterdir()) == []


@pytest.mark.spark
def test_the_order_of_a_spark_frame_is_kept(spark: SparkSession, give: Callable[..., DataFrame]) -> None:
    rows = spark.range(100, numPartitions=3).orderBy(F.col("id").desc()).select("id")

    assert collected(give(rows).orderBy(ROW))["id"].to_pylist() == list(range(99, -1, -1))


@pytest.mark.spark
def test_an_empty_frame_keeps_its_types(spark: SparkSession, give: Callable[..., DataFrame]) -> None:
    empty = collected(give(TYPED.slice(0, 0)).drop(ROW))
    untyped = give(pd.DataFrame({"x": []}), types={"x": T.LongType()})

    assert empty.schema.equals(TYPED.schema)
    assert empty.num_rows == 0
    assert untyped.schema["x"].dataType == T.LongType()
    assert str(to_pandas(empty).dtypes["big"]) == "Int64"


@pytest.mark.spark
def test_times_are_named_in_utc_whatever_the_session_says(spark: SparkSession) -> None:
    elsewhere = spark.newSession()
    elsewhere.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")

    found = collected(elsewhere.sql("SELECT timestamp_micros(1) AS x"))

    assert found.schema.field("x").type == pa.timestamp("us", "UTC")
    assert found["x"][0].as_py() - datetime(1970, 1, 1, tzinfo=timezone.utc) == timedelta(microseconds=1)


@pytest.mark.spark
def test_what_is_read_may_be_sorted(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("b",), ("a",)], "k string")

    found = as_frame(rows, "arrow", order="k")

    assert isinstance(found, pa.Table)
    assert found["k"].to_pylist() == ["a", "b"]
    assert as_frame(rows, "spark", order="k") is rows


@pytest.mark.spark
def test_a_spark_frame_is_checked_as_the_others_are(
    spark: SparkSession, give: Callable[..., DataFrame]
) -> None:
    without_zone = spark.sql("SELECT timestamp_ntz'2024-06-01 12:00:00' AS x")

    with pytest.raises(NaiveTimestamp):
        give(without_zone)
    assert checked_spark(without_zone, zone_declared=True) is without_zone
    for refused in ("1 AS x, 2 AS X", "INTERVAL '1' DAY AS x", f"1 AS {ROW}"):
        with pytest.raises(InvalidRequest):
            give(spark.sql(f"SELECT {refused}"))
    assert give(spark.sql("SELECT NULL AS x")).schema["x"].dataType == T.StringType()


@pytest.mark.spark
def test_a_refused_frame_leaves_no_file(give: Callable[..., DataFrame], tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        give(pa.table({ROW: [1]}))

    assert not list(tmp_path.rglob("*.parquet"))
