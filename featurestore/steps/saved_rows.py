"""Training sets and splits on disk: Parquet in a folder of its own, valid once its manifest exists."""

from __future__ import annotations

import uuid
from enum import Enum
from typing import TYPE_CHECKING

from featurestore.files import absolute_uri, join_uri
from featurestore.steps.saved_manifests import SavedManifests

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class TrainingPart(Enum):
    """Which rows of a training set."""

    ALL = "all"
    TRAIN = "train"
    TEST = "test"


class SavedRows(SavedManifests):
    """The training sets under one lake, with their rows."""

    def __init__(self, spark: SparkSession, root_uri: str) -> None:
        super().__init__(root_uri)
        self._spark = spark

    def write(self, rows: DataFrame, name: str, *, kind: str) -> str:
        """Writes rows into a new folder of the training set and gives its name; nothing refers to it yet."""
        folder = f"{kind}-{uuid.uuid4().hex[:12]}"
        rows.write.parquet(absolute_uri(join_uri(self.folder(name), folder)))
        return folder

    def read(self, name: str, folder: str) -> DataFrame:
        """The rows of one of the training set's folders."""
        return self._spark.read.parquet(absolute_uri(join_uri(self.folder(name), folder)))

    def rows_of(self, name: str, part: TrainingPart) -> DataFrame:
        """All rows of a training set, or those of one side of its split; raises `ArtifactNotFound`."""
        folder = self.folder_of(name, part)
        return self.read(name, folder)

    def folder_of(self, name: str, part: TrainingPart) -> str:
        """The folder that holds a part, relative to the training set; raises `ArtifactNotFound`."""
        if part is TrainingPart.ALL:
            return self.existing_training_set(name).folder
        split = self.existing_split(name)
        return split.train if part is TrainingPart.TRAIN else split.test
