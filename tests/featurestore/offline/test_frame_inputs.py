"""Frames as input files: one content, one name."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from featurestore.errors import NaiveTimestamp
from featurestore.offline.frame_inputs import arrow_digest, save_frame, spark_digest

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

ROWS = pa.table(
    {
        "n": pa.array([1, None, 3], pa.int64()),
        "s": ["a", None, "bc"],
        "f": [0.5, None, 1.0],
        "b": [True, None, False],
        "t": pa.array([datetime(2024, 6, 1, tzinfo=timezone.utc), None, None], pa.timestamp("us", "UTC")),
        "d": [Decimal("1.5"), None, Decimal("2.5")],
        "raw": [b"x", None, b""],
    }
)


def test_the_digest_does_not_see_how_arrow_lies_in_memory() -> None:
    whole = arrow_digest(ROWS)
    in_parts = pa.concat_tables([ROWS.slice(0, 1), ROWS.slice(1, 2)])
    sliced = pa.concat_tables([ROWS, ROWS]).combine_chunks().slice(3, 3)
    garbage = ROWS.set_column(
        0,
        "n",
        pa.Array.from_buffers(pa.int64(), 3, [pa.py_buffer(b"\x05"), pa.array([1, 99, 3]).buffers()[1]]),
    )

    assert garbage["n"].to_pylist() == [1, None, 3]
    assert arrow_digest(in_parts) == arrow_digest(sliced) == arrow_digest(garbage) == whole


@pytest.mark.parametrize(
    "other",
    [
        ROWS.slice(0, 2),
        ROWS.take([2, 1, 0]),
        ROWS.rename_columns(["m", *ROWS.schema.names[1:]]),
        ROWS.set_column(1, "s", pa.array(["ab", None, "c"])),
        ROWS.set_column(1, "s", pa.array(["a", "", "bc"])),
        ROWS.set_column(0, "n", ROWS["n"].cast(pa.int32())),
        ROWS.set_column(4, "t", pa.nulls(3, pa.timestamp("us", "UTC"))),
    ],
)
def test_another_content_has_another_digest(other: pa.Table) -> None:
    assert arrow_digest(other) != arrow_digest(ROWS)


def test_the_same_rows_are_the_same_file_of_pandas_or_arrow(tmp_path: Path) -> None:
    rows = pd.DataFrame({"s": ["a", "b"]})
    first = save_frame(rows, str(tmp_path), zone_declared=False)
    written = (tmp_path / first).stat().st_mtime_ns

    again = save_frame(pa.table({"s": ["a", "b"]}), str(tmp_path), zone_declared=False)

    assert again == first
    assert (tmp_path / first).stat().st_mtime_ns == written
    assert pq.read_table(first)["s"].to_pylist() == ["a", "b"]
    with pytest.raises(NaiveTimestamp):
        save_frame(pd.DataFrame({"t": [pd.Timestamp(0)]}), str(tmp_path), zone_declared=False)


@pytest.mark.spark
def test_a_spark_frame_is_a_folder_whatever_its_order(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.range(50).select("id", F.lit(None).cast("string").alias("s"))
    first = save_frame(rows, str(tmp_path), zone_declared=False)
    files = sorted((tmp_path / first).iterdir())

    again = save_frame(rows.orderBy(F.col("id").desc()), str(tmp_path), zone_declared=False)

    assert again == first
    assert sorted((tmp_path / first).iterdir()) == files
    assert spark.read.parquet(first).count() == 50


@pytest.mark.spark
def test_a_folder_that_was_not_finished_is_written_anew(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.range(3)
    folder = tmp_path / save_frame(rows, str(tmp_path), zone_declared=False)
    (folder / "_SUCCESS").unlink()
    for part in folder.glob("part-*"):
        part.unlink()

    save_frame(rows, str(tmp_path), zone_declared=False)

    assert spark.read.parquet(str(folder)).count() == 3


@pytest.mark.spark
def test_a_spark_digest_sees_names_types_nulls_and_microseconds(spark: SparkSession) -> None:
    texts = [
        "1 AS a",
        "1 AS b",
        "1L AS a",
        "NULL AS a",
        "timestamp_micros(1) AS a",
        "timestamp_micros(2) AS a",
        "CAST(NULL AS int) AS a",
        "1 AS a, CAST(NULL AS string) AS b",
    ]

    digests = [spark_digest(spark.sql(f"SELECT {text}")) for text in texts]

    assert len(set(digests)) == len(texts)
    assert spark_digest(spark.sql("SELECT 1 AS a")) == digests[0]
