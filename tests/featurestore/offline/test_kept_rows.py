"""Rows are computed once, whatever becomes of their source, and leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from featurestore.offline.kept_rows import kept_rows

if TYPE_CHECKING:
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
