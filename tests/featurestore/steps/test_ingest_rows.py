"""Rows of a frame into their events table: as those of a file, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featurestore.definitions import Project
from featurestore.definitions.schema import OnUnknown
from featurestore.errors import ContractViolation, InvalidRequest, NaiveTimestamp, UnknownDefinition
from featurestore.offline.encoding import table_digest
from featurestore.offline.events import TIMES_OF_THE_RUN
from featurestore.step_requests import IngestBatchRequest
from featurestore.steps.ingest_batch import ingest_batch
from featurestore.steps.ingest_rows import check_rows, ingest_rows
from featurestore.steps.read_table import find_table, rows_at
from tests.helpers.events import clicks_stream
from tests.helpers.frames import at
from tests.helpers.shop import VISITS, events, lake_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark

ROWS = pa.Table.from_pylist(
    [
        *events("e1 u1 10:00 home 2 \n e2 u2 10:05 cart -"),
        {"id": None, "user": "u3", "time": "2024-06-01T11:00:00Z", "page": "home", "pieces": 1},
        {"id": "e4", "user": "u4", "time": "never", "page": "home", "pieces": 1},
    ]
)
"""Two events, and two that the contract rejects."""


def project(**changes: Any) -> Project:
    return Project(name="shop", sources=(msgspec.structs.replace(VISITS, **changes),))


def stored(lake: Workspace, table: str) -> DataFrame:
    _, rows = rows_at(lake, find_table(lake, table), as_of=None)
    return rows


def digest(lake: Workspace) -> str:
    return table_digest(stored(lake, "events/visits"), leave_out=TIMES_OF_THE_RUN)


def test_a_frame_is_taken_as_the_file_it_could_have_been(spark: SparkSession, tmp_path: Path) -> None:
    lake, other = lake_at(spark, tmp_path / "a"), lake_at(spark, tmp_path / "b")
    path = tmp_path / "rows.parquet"
    pq.write_table(ROWS, path)

    of_frame = ingest_rows(lake, ROWS, source="visits")
    of_file = ingest_batch(other, IngestBatchRequest(source="visits", path=str(path)))

    same = ("step", "read", "accepted", "rejected", "inserted", "schema_version")
    assert [getattr(of_frame, name) for name in same] == [getattr(of_file, name) for name in same]
    assert [(one.reason, one.field) for one in of_frame.rejections] == [("missing", "id"), ("type", "time")]
    assert digest(lake) == digest(other)


@pytest.mark.parametrize("kind", ["arrow", "pandas", "spark"])
def test_the_same_frame_again_changes_nothing(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    make: dict[str, Callable[[], Any]] = {
        "arrow": lambda: ROWS,
        "pandas": ROWS.to_pandas,
        "spark": lambda: spark.createDataFrame(
            ROWS.to_pylist(), "id string, user string, time string, page string, pieces bigint"
        ),
    }
    lake = lake_at(spark, tmp_path, project(event_id=()))  # each row is an event of its own
    first = ingest_rows(lake, make[kind](), source="visits")
    before = digest(lake)

    again = ingest_rows(lake, make[kind](), source="visits")

    assert (first.inserted, first.rejected) == (2, 2)
    assert (again.inserted, again.read) == (0, 4)
    assert again.inputs == first.inputs
    assert digest(lake) == before
    assert stored(lake, "quarantine/visits").count() == 2


def test_rejected_rows_point_into_the_input_that_stays(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path)

    ingest_rows(lake, ROWS, source="visits")

    (kept,) = (tmp_path / "lake" / "_inputs" / "visits").iterdir()
    positions = sorted(row["position"] for row in stored(lake, "quarantine/visits").collect())
    assert positions == [f"file://{kept}#row 3", f"file://{kept}#row 4"]
    assert pq.read_table(kept).to_pylist() == ROWS.to_pylist()
    assert lake.tables() == ["events/visits", "quarantine/visits"]


def test_nulls_in_integers_and_times_of_other_zones_arrive_as_they_are(
    spark: SparkSession, tmp_path: Path
) -> None:
    lake = lake_at(spark, tmp_path)
    times = pd.Series([at("10:00"), at("10:05")]).dt.tz_convert("Asia/Tokyo")
    pieces = pd.Series([2**53 + 1, None], dtype="Int64")
    page = pd.Series(["home", None], dtype="category")

    ingest_rows(
        lake, pd.DataFrame({"id": ["a", "b"], "time": times, "pieces": pieces, "page": page}), source="visits"
    )

    rows = {
        row["id"]: row
        for row in stored(lake, "events/visits").selectExpr("*", "unix_micros(time) AS t").collect()
    }
    assert [(rows[name]["pieces"], rows[name]["page"]) for name in "ab"] == [
        (2**53 + 1, "home"),
        (None, None),
    ]
    assert [rows[name]["t"] for name in "ab"] == [
        int(at(text).timestamp()) * 10**6 for text in ("10:00", "10:05")
    ]


def test_a_time_without_zone_needs_one_on_the_source(spark: SparkSession, tmp_path: Path) -> None:
    rows = pd.DataFrame({"id": ["a"], "time": pd.to_datetime(["2024-06-01T12:00:00"])})

    with pytest.raises(NaiveTimestamp, match="timezone"):
        ingest_rows(lake_at(spark, tmp_path), rows, source="visits")
    lake = lake_at(spark, tmp_path, project(timezone="Europe/Berlin"))
    ingest_rows(lake, rows, source="visits")

    (row,) = stored(lake, "events/visits").selectExpr("unix_micros(time) AS t").collect()
    assert row["t"] == int(at("10:00").timestamp()) * 10**6


def test_columns_that_the_contract_lacks_count_as_in_a_file(spark: SparkSession, tmp_path: Path) -> None:
    rows = pa.Table.from_pylist([{**events("e1 u1 10:00 home 2")[0], "colour": "red"}])
    lake = lake_at(spark, tmp_path)

    assert ingest_rows(lake, rows, source="visits").unknown_fields == {"colour": 1}
    strict = msgspec.structs.replace(VISITS.schema, on_unknown=OnUnknown.FAIL)
    with pytest.raises(ContractViolation, match="colour"):
        ingest_rows(lake_at(spark, tmp_path / "strict", project(schema=strict)), rows, source="visits")


def test_a_frame_without_rows_is_an_input_without_rows(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path)

    assert ingest_rows(lake, ROWS.slice(0, 0), source="visits").read == 0
    assert ingest_rows(lake, spark.createDataFrame([], "id string"), source="visits").read == 0


def test_what_cannot_be_is_refused_without_spark(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path)
    streams = Project(name="streams", sources=(clicks_stream("topic"),))

    check_rows(lake, ROWS, source="visits")
    with pytest.raises(UnknownDefinition):
        check_rows(lake, ROWS, source="nothing")
    with pytest.raises(InvalidRequest, match="batch_source"):
        check_rows(lake_at(spark, tmp_path, streams), ROWS, source="clicks")
    with pytest.raises(InvalidRequest, match="DataFrame"):
        check_rows(lake, [{"id": "a"}], source="visits")
