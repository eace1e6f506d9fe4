"""Rows of training sets on disk: each writing in a folder of its own, to which a manifest refers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ArtifactNotFound
from featurestore.steps.saved_rows import SavedRows, TrainingPart
from tests.featurestore.steps.test_saved_manifests import DIVISION, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

NO_SPARK: Any = None


def test_each_part_has_its_folder(tmp_path: Path) -> None:
    saved = SavedRows(NO_SPARK, str(tmp_path))
    saved.publish("visits", manifest())
    saved.publish("visits", DIVISION)

    parts = {part.value: saved.folder_of("visits", part) for part in TrainingPart}
    assert parts == {"all": manifest().folder, "train": "train-1", "test": "test-1"}


def test_a_part_of_what_was_not_divided_is_not_there(tmp_path: Path) -> None:
    saved = SavedRows(NO_SPARK, str(tmp_path))
    saved.publish("visits", manifest())

    with pytest.raises(ArtifactNotFound, match="split"):
        saved.folder_of("visits", TrainingPart.TEST)


@pytest.mark.spark
def test_rows_are_written_into_a_folder_of_their_own(spark: SparkSession, tmp_path: Path) -> None:
    saved = SavedRows(spark, str(tmp_path))
    rows = spark.createDataFrame([("u1", 1)], "user string, buys int")

    folders = [saved.write(rows, "visits", kind="rows") for _ in range(2)]

    assert len(set(folders)) == 2
    assert saved.training_set("visits") is None
    assert saved.read("visits", folders[0]).collect() == rows.collect()
