"""A view that gets a feature: the table in place, the same rows as if it had always been there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pyspark.sql import functions as F

from featurestore.definitions import Aggregation, DataType, DerivedColumn, Project
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.errors import DefinitionError
from featurestore.offline.features import withdrawn
from featurestore.steps.workspace import Workspace
from tests.helpers.shop import LONG, SMALL, VISITS, compute, digest, events, ingest, lake_at, stored

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.definitions import FeatureView

pytestmark = pytest.mark.spark

REPLACE: Any = msgspec.structs.replace
PLACE = DerivedColumn(name="place", expression="upper(coalesce(page, 'none'))", data_type=DataType.STRING)
CORRECTED = "id user time page pieces revision gone"
SOURCE = REPLACE(VISITS, transform=(PLACE,))
MEAN = Aggregation(function=Function.MEAN, window=LONG, field="pieces", name="mean_30m")
LAST_PLACE = Aggregation(function=Function.LAST, window=LONG * 2, field="place", name="place_1h")
MORE = DerivedColumn(name="more", expression="coalesce(mean_30m, 0) * 2", data_type=DataType.FLOAT64)
WIDER = REPLACE(SMALL, aggregations=(*SMALL.aggregations, MEAN, LAST_PLACE), features=(MORE,))
ADDED = ("mean_30m", "place_1h", "more")
FIRST = events("1 u1 10:00 home 2 \n 2 u1 10:10 cart 1 \n 3 u2 10:05 help -")
LATER = events("4 u1 11:00 home 3 \n 5 u3 09:00 - 1 \n 6 u2 10:00 cart 5")


def with_view(workspace: Workspace, view: FeatureView, source: Any = SOURCE) -> Workspace:
    project = Project(name="shop", sources=(source,), views=(view,))
    return Workspace(spark=workspace.spark, profile=workspace.profile, project=project)


@pytest.fixture
def workspace(spark: SparkSession, tmp_path: Path) -> Workspace:
    """A lake whose view was computed without the new features."""
    made = with_view(lake_at(spark, tmp_path), SMALL)
    ingest(made, tmp_path, FIRST)
    compute(made)
    return made


def held(workspace: Workspace) -> set[tuple[Any, ...]]:
    """What the standing rows say of the features that the view always had."""
    return {tuple(row) for row in stored(workspace).select("record_key", *SMALL.feature_names).collect()}


def from_the_start(spark: SparkSession, folder: Path) -> Workspace:
    made = with_view(lake_at(spark, folder), WIDER)
    ingest(made, folder, FIRST)
    ingest(made, folder, LATER)
    compute(made)
    return made


def test_new_features_are_added_in_place_and_equal_those_of_a_new_table(
    spark: SparkSession, workspace: Workspace, tmp_path: Path
) -> None:
    before = held(workspace)
    wider = with_view(workspace, WIDER)

    report = compute(wider)

    assert (report.mode, report.added, report.rows_written) == ("unchanged", ADDED, 0)
    assert before < held(wider)
    assert report.rows_backfilled == len(held(wider))
    again = compute(wider)
    assert (again.mode, again.added, again.rows_backfilled) == ("unchanged", (), 0)

    ingest(wider, tmp_path, LATER)
    assert compute(wider).mode == "incremental"
    (tmp_path / "new").mkdir()
    assert digest(wider) == digest(from_the_start(spark, tmp_path / "new"))


def test_withdrawn_rows_stay_withdrawn_when_a_feature_is_added(workspace: Workspace, tmp_path: Path) -> None:
    ingest(workspace, tmp_path, events("2 u1 10:40 cart 1 2 false", columns=CORRECTED))
    assert compute(workspace).rows_removed > 0
    table = workspace.lake.table(SMALL.table)

    def withdrawn_keys() -> list[Any]:
        rows = withdrawn(table.read_at(table.timeline().latest_visible()))
        return sorted(rows.select("record_key", "version").collect())

    before = withdrawn_keys()
    compute(with_view(workspace, WIDER))

    assert before
    assert withdrawn_keys() == before


def test_a_new_window_brings_a_withdrawn_row_back_once(workspace: Workspace, tmp_path: Path) -> None:
    """An hour after 9:20 the new window changes, where a row was withdrawn when its event moved."""
    ingest(workspace, tmp_path, events("2 u1 10:40 cart 1 2 false", columns=CORRECTED))
    ingest(workspace, tmp_path, events("7 u1 09:20 home 1"))
    assert compute(workspace).rows_removed > 0
    wider = with_view(workspace, WIDER)

    compute(wider)

    table = wider.lake.table(WIDER.table)
    keys = [row["record_key"] for row in table.read_at(table.timeline().latest_visible()).collect()]
    assert len(keys) == len(set(keys))
    assert compute(wider, full=True).rows_written == 0


def test_events_and_a_feature_that_come_together_give_the_same_rows(
    spark: SparkSession, workspace: Workspace, tmp_path: Path
) -> None:
    ingest(workspace, tmp_path, LATER)
    wider = with_view(workspace, WIDER)

    report = compute(wider)

    assert (report.mode, report.added) == ("incremental", ADDED)
    (tmp_path / "new").mkdir()
    assert digest(wider) == digest(from_the_start(spark, tmp_path / "new"))


def test_a_full_run_gives_the_new_features_too(
    spark: SparkSession, workspace: Workspace, tmp_path: Path
) -> None:
    ingest(workspace, tmp_path, LATER)
    wider = with_view(workspace, WIDER)

    report = compute(wider, full=True)

    assert (report.mode, report.added, report.rows_backfilled) == ("full", ADDED, 0)
    (tmp_path / "new").mkdir()
    assert digest(wider) == digest(from_the_start(spark, tmp_path / "new"))


def test_a_removed_or_changed_feature_needs_a_version_and_then_has_a_table_of_its_own(
    workspace: Workspace,
) -> None:
    fewer = REPLACE(SMALL, aggregations=SMALL.aggregations[1:])

    with pytest.raises(DefinitionError, match="visits_10m"):
        compute(with_view(workspace, fewer))

    second = with_view(workspace, REPLACE(fewer, version=2))
    assert compute(second).table == "features/small/v2"
    assert "visits_10m" not in stored(second).columns
    assert "visits_10m" in stored(workspace).columns


def test_a_derived_column_behind_a_feature_cannot_change_unnoticed(
    workspace: Workspace,
) -> None:
    compute(with_view(workspace, WIDER))
    other = REPLACE(VISITS, transform=(REPLACE(PLACE, expression="lower(page)"),))

    with pytest.raises(DefinitionError, match="place_1h"):
        compute(with_view(workspace, WIDER, other))


def test_a_derived_column_can_be_the_key_of_an_entity(workspace: Workspace, tmp_path: Path) -> None:
    entity = REPLACE(SMALL.entity, name="place", join_keys=("place",))
    by_place = with_view(workspace, REPLACE(SMALL, name="places", entity=entity))

    compute(by_place, "places")

    rows = stored(by_place, "places").where(F.col("visits_10m") > 0)
    assert {row["place"] for row in rows.collect()} == {"HOME", "CART", "HELP"}
