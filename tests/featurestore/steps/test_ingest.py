"""The one way into an events table: what counts, what wins, and what is written when."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.canonical import row_digest
from featurestore.definitions.schema import DataType, Field, OnUnknown, OnViolation
from featurestore.errors import ContractViolation, SchemaIncompatible
from featurestore.instants import Instant, parse_time
from featurestore.step_requests import HistoryRequest
from featurestore.steps.history import history
from featurestore.steps.ingest import table_state
from tests.helpers.events import (
    QUARANTINE,
    TABLE,
    balances,
    clicks,
    digest,
    event,
    fields,
    ingest,
    ingest_file,
    lake_at,
    redefined,
    stored,
    write_lines,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.step_reports import IngestReport
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark

VERSION = Field(name="version", data_type=DataType.INT64)
GONE = Field(name="gone", data_type=DataType.BOOLEAN, required=False)
MARCH_1, MARCH_2 = "2024-03-01T10:00:00Z", "2024-03-02T10:00:00Z"


def numbers(report: IngestReport) -> dict[str, int]:
    """The counts that are not 0."""
    names = ("accepted", "rejected", "superseded", "inserted", "updated", "stale", "conflicts", "defaulted")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def test_ingesting_a_file_twice_is_ingesting_it_once(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path, clicks())
    path = write_lines(
        tmp_path / "in" / "a.jsonl",
        event("a", amount=1),
        event("b", amount=2, colour="red"),
        event("b", amount=2),
        event("c", amount=-1),
        event("d", at="2024-03-01"),
        "no JSON",
    )

    first = ingest_file(lake, path)
    before = digest(lake), stored(lake, TABLE, "id", "amount", "known_at")
    rejected = stored(lake, QUARANTINE, "reason", "field", "raw")
    second = ingest_file(lake, path)

    assert balances(first)
    assert (first.read, numbers(first)) == (6, {"accepted": 2, "rejected": 3, "superseded": 1, "inserted": 2})
    assert first.unknown_fields == {"colour": 1}
    assert {(one.reason, one.field): one.rows for one in first.rejections} == {
        ("malformed", ""): 1,
        ("range", "amount"): 1,
        ("type", "at"): 1,
    }
    assert [row[:2] for row in before[1]] == [("a", 1), ("b", 2)]
    assert sorted(rejected) == [
        ("malformed", "", "no JSON"),
        ("range", "amount", '{"id": "c", "at": "2024-03-01T10:00:00Z", "amount": -1}'),
        ("type", "at", '{"id": "d", "at": "2024-03-01"}'),
    ]
    assert balances(second)
    assert numbers(second) == {"accepted": 2, "rejected": 3, "superseded": 1, "stale": 2}
    assert (digest(lake), stored(lake, TABLE, "id", "amount", "known_at")) == before
    assert stored(lake, QUARANTINE, "reason", "field", "raw") == rejected


def test_a_violation_set_to_fail_writes_nothing(spark: SparkSession, tmp_path: Path) -> None:
    strict = Field(name="code", data_type=DataType.INT64, on_violation=OnViolation.FAIL)
    lake = lake_at(spark, tmp_path, clicks(schema=fields(strict)))

    with pytest.raises(
        ContractViolation, match=r"1 event\(s\) broke the contract \(type in 'code'\)"
    ) as failed:
        ingest(lake, event("a", code=1), event("b", code="x"), event("c", code=1, amount=-1), "no JSON")

    assert failed.value.example.endswith("#row 2: expected int64, got x")
    assert lake.tables() == []

    refusing = redefined(lake, clicks(schema=fields(on_unknown=OnUnknown.FAIL)))
    with pytest.raises(ContractViolation, match="unknown_field"):
        ingest(refusing, event("a"), event("b", colour="red"))
    assert lake.tables() == []


def test_a_batch_whose_rows_are_all_rejected_still_commits(spark: SparkSession, tmp_path: Path) -> None:
    defaulting = Field(name="n", data_type=DataType.INT64, default=7, on_violation=OnViolation.DEFAULT)
    lake = lake_at(spark, tmp_path, clicks(schema=fields(defaulting)))

    refused = ingest(lake, "no JSON", event("a", amount=-1, n="x"))
    assert (balances(refused), numbers(refused)) == (True, {"rejected": 2})
    assert stored(lake, TABLE, "id") == []
    assert len(stored(lake, QUARANTINE, "reason")) == 2

    accepted = ingest(lake, event("a", n="x"), event("b"), event("c", n=1))
    assert (balances(accepted), numbers(accepted)) == (True, {"accepted": 3, "inserted": 3, "defaulted": 2})
    assert stored(lake, TABLE, "id", "n") == [("a", 7), ("b", 7), ("c", 1)]

    commits = history(lake, HistoryRequest(table=TABLE)).commits
    assert [commit.counts["read"] for commit in commits] == [3, 2]
    (quarantined,) = history(lake, HistoryRequest(table=QUARANTINE)).commits
    assert quarantined.completed is not None
    assert quarantined.completed <= commits[-1].requested


def greater_content(name: str) -> int:
    """Which of the amounts 10 and 11 gives an event of version 1 the greater digest."""
    at = parse_time(MARCH_1, subject="at")
    digests = {
        amount: row_digest({"id": name, "at": at, "amount": amount, "version": 1}) for amount in (10, 11)
    }
    return max(digests, key=lambda amount: digests[amount])


def versioned(spark: SparkSession, folder: Path, **settings: Any) -> Workspace:
    return lake_at(
        spark,
        folder,
        clicks(schema=fields(VERSION, GONE), version="version", is_deleted="gone", **settings),
    )


def test_the_greatest_version_stands_whatever_the_order_of_arrival(
    spark: SparkSession, tmp_path: Path
) -> None:
    lake = versioned(spark, tmp_path)
    reports = [
        ingest(
            lake,
            event("corrected", version=2, amount=2),
            event("tie", version=1, amount=10),
            event("tie turned", version=1, amount=11),
            event("deleted", version=1),
            event("moved", version=1, at=MARCH_1),
        ),
        ingest(
            lake,
            event("corrected", version=1, amount=1),
            event("tie", version=1, amount=11),
            event("tie turned", version=1, amount=10),
            event("deleted", version=2, gone=True),
            event("moved", version=2, at=MARCH_2),
        ),
        ingest(
            lake,
            event("deleted", version=1),
            event("moved", version=1, at=MARCH_1),
            event("tie", version=1, amount=10),
            event("tie", version=1, amount=11),
            event("tie", version=0, amount=12),
        ),
    ]

    assert all(balances(report) for report in reports)
    assert numbers(reports[0]) == {"accepted": 5, "inserted": 5}
    winners = {"tie": greater_content("tie"), "tie turned": greater_content("tie turned")}
    later = (winners["tie"] == 11) + (winners["tie turned"] == 10)
    expected = {"accepted": 5, "updated": 2 + later, "stale": 3 - later, "conflicts": 2}
    assert numbers(reports[1]) == expected
    assert numbers(reports[2]) == {"accepted": 3, "superseded": 2, "stale": 3, "conflicts": 1}
    rows = {row[0]: row[1:] for row in stored(lake, TABLE, "id", "version", "amount", "event_date")}
    assert set(rows) == {"corrected", "tie", "tie turned", "moved"}
    assert rows["corrected"][:2] == (2, 2)
    assert {name: rows[name][1] for name in winners} == winners
    assert rows["moved"] == (2, None, "2024-03-02")
    table = lake.lake.events("clicks")
    kept = table.read_at(table.timeline().latest_visible())
    assert kept.count() == 5
    assert kept.where("id = 'deleted' and is_deleted and version = 2").count() == 1


def test_a_source_that_keeps_versions_shows_the_greatest(spark: SparkSession, tmp_path: Path) -> None:
    lake = versioned(spark, tmp_path, keeps_versions=True)

    first = ingest(
        lake, event("a", version=1, amount=1), event("a", version=3, amount=3), event("b", version=1)
    )
    second = ingest(lake, event("a", version=2, amount=2), event("b", version=2, gone=True))

    assert (first.superseded, first.inserted, second.inserted) == (0, 3, 2)
    assert stored(lake, TABLE, "id", "version", "amount") == [("a", 3, 3)]
    table = lake.lake.events("clicks")
    assert table.read_at(table.timeline().latest_visible()).count() == 5


def test_events_without_an_id_are_told_apart_by_their_place(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path, clicks(event_id=()))
    path = write_lines(tmp_path / "in" / "a.jsonl", event("a"), event("a"))

    first, second = ingest_file(lake, path), ingest_file(lake, path)

    assert numbers(first) == {"accepted": 2, "inserted": 2}
    assert numbers(second) == {"accepted": 2, "stale": 2}
    assert stored(lake, TABLE, "id") == [("a",), ("a",)]


def test_the_earliest_known_at_of_the_same_event_stays(spark: SparkSession, tmp_path: Path) -> None:
    live = clicks()
    backfill = clicks(availability_delay=timedelta(hours=2))
    lake = lake_at(spark, tmp_path, live)
    start = datetime.now(timezone.utc)

    ingest(lake, event("a"), event("b"))
    ((read_at, _), (_, _)) = ((row, None) for (row,) in stored(lake, TABLE, "known_at"))
    assert start <= datetime.fromisoformat(read_at.replace("Z", "+00:00")) <= datetime.now(timezone.utc)
    before = digest(lake)

    earlier = ingest(redefined(lake, backfill), event("a"))
    assert numbers(earlier) == {"accepted": 1, "updated": 1}
    assert stored(lake, TABLE, "id", "known_at") == [("a", "2024-03-01T12:00:00Z"), ("b", read_at)]
    assert digest(lake) == before

    again = ingest(lake, event("a"))
    assert numbers(again) == {"accepted": 1, "stale": 1}
    assert stored(lake, TABLE, "known_at")[0] == ("2024-03-01T12:00:00Z",)


def test_a_declared_known_at_is_taken_from_the_row(spark: SparkSession, tmp_path: Path) -> None:
    seen = Field(name="seen", data_type=DataType.TIMESTAMP)
    lake = lake_at(
        spark,
        tmp_path,
        clicks(schema=fields(seen), known_at="seen", availability_delay=timedelta(hours=2)),
    )

    ingest(lake, event("a", seen=MARCH_2))

    assert stored(lake, TABLE, "known_at", "version") == [(MARCH_2, 1_709_287_200_000_000)]


def test_a_new_field_becomes_a_column_that_old_instants_lack(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path, clicks(schema=fields(on_unknown=OnUnknown.EVOLVE)))

    reports = [
        ingest(lake, event("a")),
        ingest(lake, event("b", score=5), event("c", amount=-1, ignored=1)),
        ingest(lake, event("d"), event("e", score="high")),
    ]

    assert [report.schema_version for report in reports] == [1, 2, 2]
    assert reports[1].unknown_fields == {"ignored": 1, "score": 1}
    assert numbers(reports[2]) == {"accepted": 1, "rejected": 1, "inserted": 1}
    assert stored(lake, TABLE, "id", "score") == [("a", None), ("b", 5), ("d", None)]
    versions = table_state(lake.lake.events("clicks")).versions
    assert (versions[-1].evolved, versions[-1].schema.field("score").data_type) == (
        ("score",),
        DataType.INT64,
    )
    assert [one.schema_version for one in history(lake, HistoryRequest(table=TABLE)).commits] == [2, 2, 1]
    then = lake.lake.events("clicks").read_at(Instant(reports[0].instants[0]))
    assert "score" not in then.columns
    assert [row["id"] for row in then.collect()] == ["a"]


def test_an_incompatible_schema_is_refused_before_anything_is_read(
    spark: SparkSession, tmp_path: Path
) -> None:
    lake = lake_at(spark, tmp_path, clicks())
    ingest(lake, event("a"))
    longer = clicks(schema=fields(Field(name="n", data_type=DataType.INT64, required=False)))
    assert ingest(redefined(lake, longer), event("b", n=1)).schema_version == 2
    required = clicks(schema=fields(Field(name="n", data_type=DataType.INT64)))

    with pytest.raises(SchemaIncompatible, match="against schema version 1"):
        ingest(redefined(lake, required), event("c", n=1), "no JSON")

    assert lake.tables() == [TABLE]
    assert stored(lake, TABLE, "id", "n") == [("a", None), ("b", 1)]
