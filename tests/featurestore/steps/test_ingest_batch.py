"""Files into an events table: which files, of which source, and what the commit says of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featurestore.errors import InvalidRequest, SourceNotFound
from featurestore.step_requests import IngestBatchRequest
from featurestore.steps.ingest_batch import ingest_batch
from tests.helpers.events import (
    TABLE,
    balances,
    clicks,
    clicks_stream,
    event,
    ingest_file,
    lake_at,
    stored,
    write_lines,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_files_of_every_format_are_one_batch_whose_commit_names_them(
    spark: SparkSession, tmp_path: Path
) -> None:
    files = tmp_path / "in"
    write_lines(files / "a.jsonl", event("a", amount=1), event("b", amount=2))
    (files / "b.csv").write_text("amount,id,at\n2,b,2024-03-01 10:00:00\n3,c,2024-03-01 11:00:00\n4,d\n")
    times = pa.array([1_709_287_200_000_000], pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"id": ["e"], "at": times, "amount": pa.array([5], pa.int32())}), files / "c.parquet"
    )
    lake = lake_at(spark, tmp_path, clicks(path=str(files), timezone="Europe/Berlin"))

    report = ingest_batch(lake, IngestBatchRequest(source="clicks"))

    assert balances(report)
    assert (report.read, report.accepted, report.rejected, report.superseded) == (6, 4, 1, 1)
    assert report.conflicts == 0
    assert stored(lake, TABLE, "id", "at", "amount") == [
        ("a", "2024-03-01T10:00:00Z", 1),
        ("b", "2024-03-01T10:00:00Z", 2),
        ("c", "2024-03-01T10:00:00Z", 3),
        ("e", "2024-03-01T10:00:00Z", 5),
    ]
    contents = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files.iterdir()}
    assert {name.rsplit("/", 1)[-1] for name in report.inputs} == {
        f"{name}#{sha256}" for name, sha256 in contents.items()
    }
    commit = next(lake.lake.events("clicks").timeline().newest_first())
    assert tuple(json.loads(commit.metadata["inputs"])) == report.inputs


def test_an_empty_file_commits_no_events(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path, clicks())

    report = ingest_file(lake, write_lines(tmp_path / "in" / "a.jsonl"))

    assert (report.read, balances(report), len(report.instants)) == (0, True, 1)
    assert stored(lake, TABLE, "id") == []


def test_the_files_of_a_stream_are_those_of_its_batch_source(spark: SparkSession, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in" / "a.jsonl", event("a"))
    lake = lake_at(spark, tmp_path, clicks_stream("topic", batch_source=clicks(path=path)))

    assert ingest_batch(lake, IngestBatchRequest(source="clicks")).inserted == 1

    with pytest.raises(InvalidRequest, match="a batch_source"):
        ingest_file(lake_at(spark, tmp_path, clicks_stream("topic")), path)


def test_no_files_write_nothing(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path, clicks())

    with pytest.raises(SourceNotFound):
        ingest_file(lake, str(tmp_path / "*.jsonl"))

    assert lake.tables() == []
