"""Rows are computed once, whatever becomes of their source, and leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from featurestore.offline.kept_rows import kept_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def stored(spark: SparkSession) -> set[int]:
    return set(spark.sparkContext._jsc.getPersistentRDDs().keySet())


def test_kept_rows_stay_as_they_were_first_computed(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before\n")
    source = spark.read.text(str(tmp_path)).withColumn("number", F.rand())

    with kept_rows(source) as rows:
        first = rows.collect()
        (tmp_path / "a.txt").write_text("after\n")
        assert rows.collect() == first

    assert first[0]["value"] == "before"


def test_kept_rows_lie_on_disk_and_are_released(spark: SparkSession) -> None:
    before = stored(spark)

    with kept_rows(spark.range(10)) as rows:
        rows.count()
        (number,) = stored(spark) - before
        level = spark.sparkContext._jsc.getPersistentRDDs()[number].getStorageLevel()
        assert (level.useDisk(), level.useMemory()) == (True, False)

    assert stored(spark) == before


def test_rows_are_released_after_an_error(spark: SparkSession) -> None:
    before = stored(spark)

    def fail_half_way() -> None:
        with kept_rows(spark.range(10)) as rows:
            rows.count()
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail_half_way()

    assert stored(spark) == before


@pytest.fixture
def folder(spark: SparkSession, tmp_path: Path) -> Iterator[Path]:
    """Where a session on a cluster keeps rows."""
    spark.sparkContext.setCheckpointDir(str(tmp_path / "checkpoints"))
    yield tmp_path / "checkpoints"
    spark.sparkContext._jsc.sc().setCheckpointDir(None)


def test_in_a_folder_rows_are_computed_once_outlive_who_made_them_and_are_removed(
    spark: SparkSession, folder: Path
) -> None:
    parts = "*/rdd-*/part-*"

    with kept_rows(spark.range(10).withColumn("number", F.rand())) as rows:
        assert list(folder.glob(parts))
        first = rows.orderBy("id").collect()
        assert rows.orderBy("id").collect() == first
        for part in folder.glob(parts):
            part.unlink()
        with pytest.raises(Exception, match=r"Checkpoint|FileNotFound"):
            rows.collect()

    assert list(folder.glob("*/rdd-*")) == []
