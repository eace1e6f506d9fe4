"""Spark's keys and digests, against the plain Python ones on values chosen to hurt."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from featurestore import canonical, keys
from featurestore.offline.encoding import key_of, record_key, row_digest, table_digest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

SCHEMA = "a string, b string, n bigint, x double, flag boolean, day date, at timestamp"
NAMES = ("a", "b", "n", "x", "flag", "day", "at")
TIME = datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=timezone.utc)
EARLY = datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=timezone.utc)
ROWS: list[tuple[Any, ...]] = [
    ("1", "11", 1, 0.0, True, date(2024, 2, 29), TIME),
    ("11", "1", 1, 0.0, True, date(2024, 2, 29), TIME),
    ("a", None, 0, -0.0, False, date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=timezone.utc)),
    (None, "a", -1, float("nan"), None, None, None),
    ("", "", -(2**63), 1e308, True, date(1900, 1, 1), EARLY),
    (None, None, None, None, None, None, None),
    ("~", "1:~", 2**63 - 1, float("inf"), False, date(9999, 12, 31), TIME - timedelta(microseconds=1)),
    ("naïve é€𝄞", "\u0000\n\t", 7, float("-inf"), True, date(2024, 12, 31), TIME),
    ("e\u0301", "é", 10, 5e-324, True, date(2024, 1, 1), TIME.astimezone(timezone(timedelta(hours=-5)))),
    ("7", "07", 7, 0.1 + 0.2, False, date(2023, 3, 26), datetime(2023, 3, 26, 1, 30, tzinfo=timezone.utc)),
]


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    numbered = [(index, *row) for index, row in enumerate(ROWS)]
    return spark.createDataFrame(numbered, f"place int, {SCHEMA}").persist()


def parts(rows: DataFrame) -> list[tuple[str, Any]]:
    return [(name, rows.schema[name].dataType) for name in NAMES]


def in_order(rows: DataFrame, column: Any) -> list[str]:
    return [row["found"] for row in rows.select("place", column.alias("found")).orderBy("place").collect()]


def test_spark_writes_the_keys_that_python_writes(rows: DataFrame) -> None:
    assert in_order(rows, record_key(parts(rows))) == [keys.record_key(row) for row in ROWS]


def test_different_parts_never_share_a_key(rows: DataFrame) -> None:
    pairs = in_order(rows, key_of(rows, ["a", "b"]))

    assert len(set(pairs)) == len(ROWS)
    assert pairs[:3] == ["1:12:11", "2:111:1", "1:a~"]


def test_spark_writes_the_row_digests_that_python_writes(rows: DataFrame) -> None:
    expected = [canonical.row_digest(dict(zip(NAMES, row, strict=True))) for row in ROWS]

    assert in_order(rows, row_digest(parts(rows))) == expected


def test_spark_writes_the_table_digest_that_python_writes(rows: DataFrame) -> None:
    keyed = rows.withColumn("record_key", key_of(rows, ["a", "b"])).drop("place")
    plain = [{"record_key": keys.record_key(row[:2]), **dict(zip(NAMES, row, strict=True))} for row in ROWS]

    assert table_digest(keyed) == canonical.table_digest(plain)
    shuffled = keyed.repartition(3, "n").withColumn("_hoodie_commit_time", F.lit("now"))
    assert table_digest(shuffled) == table_digest(keyed)


def test_a_table_digest_leaves_out_what_it_is_told_to(rows: DataFrame) -> None:
    keyed = rows.withColumn("record_key", key_of(rows, ["a", "b"]))

    assert table_digest(keyed, leave_out=["place"]) == table_digest(keyed.drop("place"))
    assert table_digest(keyed, leave_out=["place"]) != table_digest(keyed)


def test_minus_zero_is_zero_and_null_is_no_column(rows: DataFrame) -> None:
    x = [("x", rows.schema["x"].dataType)]
    digests = in_order(rows, row_digest(x))

    assert digests[0] == digests[2]
    assert digests[5] == canonical.row_digest({})
