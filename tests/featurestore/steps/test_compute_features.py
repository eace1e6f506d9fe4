"""Feature computation: equal to the definition, whatever the order in which events come, and incremental."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from featurestore.definitions import Aggregation, Project
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.errors import DefinitionError, TableNotFound, UnknownInstant
from featurestore.instants import Instant
from featurestore.offline.features import to_feature_rows
from featurestore.offline.point_in_time import ROW, JoinedView, point_in_time_join
from featurestore.step_requests import ComputeFeaturesRequest, ReadRequest
from featurestore.steps.compute_features import compute_features
from featurestore.steps.read_table import read_table
from tests.helpers import shop
from tests.helpers.frames import assert_rows_equal, at, frame
from tests.helpers.shop import LONG, PROJECT, SMALL, compute, digest, events, ingest, lake_at, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.step_reports import ComputeFeaturesReport
    from featurestore.steps.workspace import Workspace

    OpenLake = Callable[..., Workspace]

pytestmark = pytest.mark.spark

CORRECTED = "id user time page pieces revision gone"


def joined(workspace: Workspace, questions: str) -> Any:
    """The small view's features at `user time` lines."""
    labels = frame(workspace.spark, "user string, event_timestamp timestamp", questions)
    columns = {name: name for name in SMALL.feature_names}
    view = JoinedView(rows=stored(workspace), keys=["user"], columns=columns)
    return point_in_time_join(labels, [view]).drop(ROW)


@pytest.fixture(scope="module")
def filled(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Any]:
    """A lake whose features were computed once, and the report of that; tests leave its rows as they are."""
    folder = tmp_path_factory.mktemp("filled")
    lake = lake_at(spark, folder)
    ingest(
        lake,
        folder,
        events("e1 u1 10:00 home 2 \n e2 u1 10:05 - 3 \n e3 u2 10:20 cart - \n e4 - 10:06 home 1"),
    )
    return lake, compute(lake)


def test_a_join_reads_windows_as_they_fill_and_empty(filled: tuple[Workspace, Any]) -> None:
    lake, _ = filled

    assert_rows_equal(
        joined(
            lake,
            """
            u1 09:59:59.999999
            u1 10:00
            u1 10:09:59.999999
            u1 10:10
            u1 10:15
            u1 10:30
            u1 +9d10:35
            u2 10:20
            u3 10:20
            """,
        ),
        """
        u1 09:59:59.999999 - - -
        u1 10:00           1 2 home
        u1 10:09:59.999999 2 5 home
        u1 10:10           1 5 -
        u1 10:15           0 5 -
        u1 10:30           0 3 -
        u1 +9d10:35        0 0 -
        u2 10:20           1 0 cart
        u3 10:20           - - -
        """,
    )


def test_a_second_run_computes_only_what_changed(open_lake: OpenLake, tmp_path: Path) -> None:
    lake = open_lake(PROJECT)
    many = [f"e{number} u{number} 10:{number:02} home 1" for number in range(40)]
    ingest(lake, tmp_path, events("\n".join(many)))
    first = compute(lake)
    ingest(
        lake,
        tmp_path,
        events("late u7 10:03 cart 1 \n e9 u9 10:09 home 1"),
    )

    second = compute(lake)

    assert (first.mode, first.events_changed, first.rows_written) == ("full", 40, 120)
    assert (second.mode, second.since_instant) == ("incremental", first.source_instant)
    assert (second.events_changed, second.entities_changed) == (1, 1)
    # New at 10:03, 10:13 and 10:33; other than before at 10:07 and 10:17; at 10:37 it has left all windows.
    assert (second.rows_written, second.rows_removed) == (5, 0)


def test_a_run_that_is_fixed_to_events_computes_those_and_no_later_ones(
    open_lake: OpenLake, tmp_path: Path
) -> None:
    lake = open_lake(PROJECT)
    early = ingest(lake, tmp_path, events("e1 u1 10:00 home 1")).instants[0]
    late = ingest(lake, tmp_path, events("e2 u1 10:05 home 1")).instants[0]

    def fixed(source_instant: str) -> ComputeFeaturesReport:
        return compute_features(lake, ComputeFeaturesRequest(view="small", source_instant=source_instant))

    first = fixed(early)
    of_early = digest(lake)
    second = fixed(late)
    third = fixed(early)

    assert (first.source_instant, second.source_instant) == (early, late)
    assert (second.mode, second.since_instant) == ("incremental", early)
    assert digest(lake) != of_early
    # What was computed from later events stays; the commit of the earlier ones is named again.
    assert (third.mode, third.instant, third.reason) == (
        "unchanged",
        first.instant,
        "no commit since the last run",
    )
    with pytest.raises(UnknownInstant):
        fixed("20240101000000000")


def test_features_that_are_ahead_of_the_asked_events_stay(open_lake: OpenLake, tmp_path: Path) -> None:
    lake = open_lake(PROJECT)
    early = ingest(lake, tmp_path, events("e1 u1 10:00 home 1")).instants[0]
    ingest(lake, tmp_path, events("e2 u1 10:05 home 1"))
    newest, before = compute(lake), digest(lake)

    request = ComputeFeaturesRequest(view="small", source_instant=early, full=True)
    report = compute_features(lake, request)

    assert (report.mode, report.instant) == ("unchanged", newest.instant)
    assert report.reason == f"computed up to {newest.source_instant} already"
    assert digest(lake) == before


def test_without_new_events_nothing_is_committed(filled: tuple[Workspace, Any]) -> None:
    lake, first = filled
    commits = len(lake.lake.table(SMALL.table).timeline().commits)

    second = compute(lake)

    assert (second.mode, second.instant, second.rows_written) == ("unchanged", first.instant, 0)
    assert second.newest_event_timestamp == first.newest_event_timestamp == at("10:20")
    assert len(lake.lake.table(SMALL.table).timeline().commits) == commits


def test_a_batch_that_changes_no_fact_moves_the_position_only(open_lake: OpenLake, tmp_path: Path) -> None:
    lake = open_lake(PROJECT)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1"))
    compute(lake)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1"))

    moved = compute(lake)

    assert (moved.mode, moved.events_changed, moved.rows_written, moved.rows_removed) == (
        "incremental",
        0,
        0,
        0,
    )
    assert compute(lake).mode == "unchanged"


def test_deleting_the_only_event_of_an_entity_withdraws_its_rows(open_lake: OpenLake, tmp_path: Path) -> None:
    lake = open_lake(PROJECT)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1 \n e2 u2 10:00 home 1"))
    compute(lake)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1 2 true", columns=CORRECTED))

    report = compute(lake)

    assert (report.events_changed, report.rows_written, report.rows_removed) == (1, 0, 3)
    assert_rows_equal(joined(lake, "u1 10:05 \n u2 10:05"), "u1 10:05 - - - \n u2 10:05 1 1 home")


def test_a_full_run_withdraws_entities_without_events_too(open_lake: OpenLake, tmp_path: Path) -> None:
    lake = open_lake(PROJECT)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1 \n e2 u2 10:00 home 1"))
    compute(lake)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1 2 true", columns=CORRECTED))

    report = compute(lake, full=True)

    assert (report.mode, report.reason, report.rows_removed) == ("full", "asked for", 3)
    assert {row["user"] for row in stored(lake).collect()} == {"u2"}


def test_events_without_an_entity_are_counted_and_have_no_features(filled: tuple[Workspace, Any]) -> None:
    lake, report = filled

    assert (report.events_changed, report.events_without_entity, report.entities_changed) == (4, 1, 2)
    assert {row["user"] for row in stored(lake).collect()} == {"u1", "u2"}


def test_rows_after_the_newest_event_are_stored_and_not_read_as_latest(filled: tuple[Workspace, Any]) -> None:
    lake, _ = filled

    shown = read_table(lake, ReadRequest(table="features/small"))

    times = [(row["user"], str(row["event_timestamp"])[11:16]) for row in shown.rows]
    assert sorted(times) == [
        ("u1", "10:00"),
        ("u1", "10:05"),
        ("u1", "10:10"),
        ("u1", "10:15"),
        ("u2", "10:20"),
    ]
    assert stored(lake).where("event_timestamp > '2024-06-01 10:20'").count() == 4


def test_a_changed_definition_needs_a_greater_version(filled: tuple[Workspace, Any]) -> None:
    lake, _ = filled
    sums = (Aggregation(function=Function.COUNT, window=LONG, name="visits_10m"),)
    changed = msgspec.structs.replace(SMALL, aggregations=sums)
    project = Project(name="shop", sources=PROJECT.sources, views=(changed,))

    with pytest.raises(DefinitionError, match="a version greater than 1"):
        compute(replace(lake, project=project))

    newer = msgspec.structs.replace(changed, version=2)
    second = replace(lake, project=Project(name="shop", sources=PROJECT.sources, views=(newer,)))
    report = compute(second)
    assert (report.mode, report.table) == ("full", "features/small/v2")
    assert stored(second).columns != stored(lake).columns


def test_a_retried_older_run_does_not_overwrite_a_newer_one(open_lake: OpenLake, tmp_path: Path) -> None:
    lake = open_lake(PROJECT)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1"))
    newest = compute(lake)
    columns = (
        "user string, event_timestamp timestamp, visits_10m bigint, pieces_30m bigint, last_page_10m string"
    )
    computed = frame(lake.spark, columns, "u1 10:00 99 99 other")
    before = digest(lake)
    table = lake.lake.table(SMALL.table)

    for earlier in (1, -1):
        instant = Instant(str(int(newest.source_instant) - earlier))
        table.upsert(to_feature_rows(computed, SMALL, source_instant=instant))

        assert (digest(lake) == before) == (earlier == 1)


def test_features_of_a_source_that_keeps_versions_use_the_greatest(
    open_lake: OpenLake, tmp_path: Path
) -> None:
    kept = msgspec.structs.replace(shop.VISITS, keeps_versions=True)
    lake = open_lake(Project(name="shop", sources=(kept,), views=(SMALL,)))
    ingest(
        lake,
        tmp_path,
        events("e1 u1 10:00 home 1 2 - \n e1 u1 10:00 old 50 1 - \n e2 u1 10:01 - 4 1 -", columns=CORRECTED),
    )
    compute(lake)
    assert_rows_equal(joined(lake, "u1 10:02"), "u1 10:02 2 5 home")

    ingest(lake, tmp_path, events("e2 u2 10:01 - 8 3 - \n e1 u1 10:00 - 70 1 -", columns=CORRECTED))
    moved = compute(lake)

    assert (moved.mode, moved.events_changed) == ("incremental", 1)
    assert_rows_equal(joined(lake, "u1 10:02 \n u2 10:02"), "u1 10:02 1 1 home \n u2 10:02 1 8 -")

    ingest(lake, tmp_path, events("e2 u2 10:01 - 8 4 true \n e2 u9 10:01 - 8 2 -", columns=CORRECTED))
    assert compute(lake).rows_removed == 3
    assert_rows_equal(joined(lake, "u2 10:02 \n u9 10:02"), "u2 10:02 - - - \n u9 10:02 - - -")


def test_without_an_events_table_the_error_names_it(open_lake: OpenLake) -> None:
    with pytest.raises(TableNotFound, match="events/visits"):
        compute(open_lake(PROJECT))
