"""A `FeatureStore` of the small shop, on a lake in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.store import FeatureStore
from tests.helpers import shop

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.definitions import Project


def store_at(folder: Path, project: Project = shop.PROJECT) -> FeatureStore:
    """A store whose settings are those of `shop.lake_at`, so that both may look at one lake."""
    overrides = {
        "storage.root_uri": str(folder / "lake"),
        "state_directory": str(folder / "state"),
        "spark.driver_memory": "2g",
        "spark.shuffle_partitions": 2,
    }
    return FeatureStore("local", project=project, overrides=overrides)
