"""What a workspace finds in its lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.definitions import Project
from featurestore.steps.workspace import open_workspace
from tests.helpers.events import QUARANTINE, TABLE, clicks, lake_at, lake_folder

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.fixtures.lakes import GrownLake

pytestmark = pytest.mark.spark


def test_tables_are_found_where_tables_lie(grown_lake: GrownLake) -> None:
    assert grown_lake.workspace.tables() == [TABLE, QUARANTINE]


def test_folders_that_are_no_tables_are_none(spark: SparkSession, tmp_path: Path) -> None:
    workspace = lake_at(spark, tmp_path, clicks())
    assert workspace.tables() == []

    for folder in ("events/clicks", "features/user/v1", "events/clicks.debris-0123abcd", "elsewhere/x"):
        (lake_folder(workspace) / folder / ".hoodie").mkdir(parents=True)
    for folder in ("features/user/v1", "events/clicks.debris-0123abcd", "elsewhere/x"):
        (lake_folder(workspace) / folder / ".hoodie" / "hoodie.properties").touch()

    assert workspace.tables() == ["features/user/v1"]


def test_the_project_is_the_profiles_unless_one_is_given(spark: SparkSession, tmp_path: Path) -> None:
    profile = load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})
    mine = Project(name="mine", sources=(clicks(),))

    assert open_workspace(profile, mine).project is mine
    assert open_workspace(profile).project.name == "clickstream"
    assert open_workspace(profile).spark is spark
