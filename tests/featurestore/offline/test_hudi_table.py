"""Hudi tables through what happens to them: killed creations, dead writers, other writers, repeats."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from featurestore.errors import TableBroken, TableMoved, TableNotFound
from featurestore.instants import Instant
from featurestore.offline.hudi_table import reader_columns
from tests.helpers.events import (
    TABLE,
    clicks,
    copy_of,
    event,
    ingest,
    lake_at,
    lake_folder,
    stored,
    timeline_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.steps.workspace import Workspace
    from tests.fixtures.lakes import GrownLake

pytestmark = pytest.mark.spark


def properties(workspace: Workspace) -> Path:
    return lake_folder(workspace) / TABLE / ".hoodie" / "hoodie.properties"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("left_behind", ["folder", "empty properties"])
def test_a_creation_killed_half_way_is_moved_aside_and_begun_again(
    spark: SparkSession, tmp_path: Path, left_behind: str
) -> None:
    workspace = lake_at(spark, tmp_path, clicks())
    timeline_folder(workspace).mkdir(parents=True)
    if left_behind == "empty properties":
        properties(workspace).write_bytes(b"")

    ingest(workspace, event("a"))

    assert stored(workspace, TABLE, "id") == [("a",)]
    (debris,) = (lake_folder(workspace) / "events").glob("clicks.debris-*")
    assert (debris / ".hoodie").is_dir()
    assert workspace.tables() == [TABLE]


@pytest.mark.parametrize("loss", ["gone", "empty"])
def test_a_table_with_commits_and_without_properties_is_refused_and_untouched(
    grown_lake: GrownLake, tmp_path: Path, loss: str
) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    (properties(workspace).parent / "hoodie.properties.backup").unlink(missing_ok=True)
    if loss == "gone":
        properties(workspace).unlink()
    else:
        properties(workspace).write_bytes(b"")
    before = contents(lake_folder(workspace))

    with pytest.raises(TableBroken, match="Restore"):
        ingest(workspace, event("d"), "no JSON")

    assert contents(lake_folder(workspace)) == before


def test_a_dead_writer_stops_no_reader_and_the_next_upsert_rolls_it_back(
    grown_lake: GrownLake, tmp_path: Path
) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    folder, third = timeline_folder(workspace), grown_lake.instants[-1]
    begun = str(int(third) + 1)
    for state in ("commit.requested", "inflight"):
        shutil.copy(folder / f"{third}.{state}", folder / f"{begun}.{state}")
    table = workspace.lake.events("clicks")
    assert [str(commit.instant) for commit in table.timeline().commits if not commit.completed] == [begun]

    assert table.timeline().latest_visible() == Instant(third)
    assert stored(workspace, TABLE, "id") == [("a",), ("b",), ("c",)]
    ingest(workspace, event("d"))

    assert stored(workspace, TABLE, "id") == [("a",), ("b",), ("c",), ("d",)]
    assert [commit for commit in table.timeline().commits if not commit.completed] == []


def test_a_commit_is_found_again_with_what_was_written_into_it(grown_lake: GrownLake, tmp_path: Path) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    table = workspace.lake.events("clicks")
    rows = table.read_at(table.timeline().latest_visible())
    kept = rows.select(*reader_columns(rows.columns)).where("id = 'c'")

    commit = table.upsert(kept, metadata={"origin": "elsewhere"})

    assert commit.metadata["origin"] == "elsewhere"
    assert "hoodie" not in "".join(commit.metadata)
    assert commit == next(table.timeline().newest_first())
    assert commit.rows_inserted == 0


def test_a_replacement_leaves_what_it_gives_back_and_earlier_instants_as_they_were(
    grown_lake: GrownLake, tmp_path: Path
) -> None:
    table = copy_of(grown_lake.workspace, tmp_path).lake.events("clicks")
    third = table.timeline().latest_visible()
    rows = table.read_at(third)
    mine = rows.select(*reader_columns(rows.columns), F.length("id").alias("extra"))

    commit = table.replace(mine, count=3, read_at=third, metadata={"origin": "elsewhere"})

    assert commit.metadata["origin"] == "elsewhere"
    assert commit.rows_written == mine.count()
    after = table.read_at(commit.instant)
    assert sorted(after.select(*mine.columns).collect()) == sorted(mine.collect())
    assert sorted(table.read_at(third).collect()) == sorted(rows.collect())
    assert "extra" not in table.read_at(third).columns


def test_an_upsert_after_a_replacement_finds_its_rows(grown_lake: GrownLake, tmp_path: Path) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    table = workspace.lake.events("clicks")
    third = table.timeline().latest_visible()
    rows = table.read_at(third)
    table.replace(rows.select(*reader_columns(rows.columns)), count=3, read_at=third)

    report = ingest(workspace, event("c"), event("d"))

    assert stored(workspace, TABLE, "id") == [("a",), ("b",), ("c",), ("d",)]
    assert report.inserted == 1


def test_rows_read_before_another_writers_commit_replace_nothing(
    grown_lake: GrownLake, tmp_path: Path
) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    table = workspace.lake.events("clicks")
    third = table.timeline().latest_visible()
    rows = table.read_at(third)
    ingest(workspace, event("d"))
    before = contents(lake_folder(workspace))

    with pytest.raises(TableMoved, match="Nothing was written") as caught:
        table.replace(rows.select(*reader_columns(rows.columns)), count=3, read_at=third)

    assert (caught.value.table, caught.value.read) == (TABLE, str(third))
    assert contents(lake_folder(workspace)) == before


def test_a_replacement_killed_half_way_changes_nothing_and_is_rolled_back(
    grown_lake: GrownLake, tmp_path: Path
) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    table = workspace.lake.events("clicks")
    third = table.timeline().latest_visible()
    rows = table.read_at(third)
    commit = table.replace(rows.select(*reader_columns(rows.columns)).limit(1), count=1, read_at=third)
    (completed,) = timeline_folder(workspace).glob(f"{commit.instant}_*.replacecommit")
    completed.unlink()

    assert table.timeline().latest_visible() == third
    assert stored(workspace, TABLE, "id") == [("a",), ("b",), ("c",)]
    ingest(workspace, event("d"))
    assert stored(workspace, TABLE, "id") == [("a",), ("b",), ("c",), ("d",)]


def test_a_replacement_without_rows_fills_an_empty_table_with_a_commit(
    spark: SparkSession, grown_lake: GrownLake, tmp_path: Path
) -> None:
    table = lake_at(spark, tmp_path, clicks()).lake.events("clicks")
    schema = grown_lake.workspace.lake.events("clicks").read_at(Instant(grown_lake.instants[0])).schema
    mine: Any = type(schema)([field for field in schema if field.name in reader_columns(schema.names)])
    table.create_if_absent(mine)

    commit = table.replace(spark.createDataFrame([], mine), count=0, read_at=None)

    assert commit.rows_written == 0
    assert table.timeline().latest_visible() == commit.instant


def test_a_table_that_was_never_created_says_so(spark: SparkSession, tmp_path: Path) -> None:
    table = lake_at(spark, tmp_path, clicks()).lake.events("clicks")

    assert (table.exists(), table.is_ready()) == (False, False)
    with pytest.raises(TableNotFound, match="events/clicks"):
        table.timeline()


def test_creating_a_table_twice_leaves_it_as_it_is(grown_lake: GrownLake) -> None:
    table = grown_lake.workspace.lake.events("clicks")
    before = properties(grown_lake.workspace).read_bytes()
    schema: Any = table.read_at(Instant(grown_lake.instants[0])).schema

    table.create_if_absent(schema)

    assert properties(grown_lake.workspace).read_bytes() == before


def test_hudis_own_columns_are_not_the_readers() -> None:
    assert reader_columns(["_hoodie_commit_time", "id", "_own"]) == ["id", "_own"]
