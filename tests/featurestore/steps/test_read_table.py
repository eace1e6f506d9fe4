"""A table's rows as a reader saw them: now, then, and never something in between."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import BeforeFirstCommit, InTheFuture, OverlappingCommits, TableNotFound
from featurestore.instants import Instant
from featurestore.step_requests import ReadRequest
from featurestore.steps.read_table import find_table, read_table
from tests.helpers.events import QUARANTINE, TABLE, copy_of, timeline_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featurestore.steps.workspace import Workspace
    from tests.fixtures.lakes import GrownLake

pytestmark = pytest.mark.spark

STEP = timedelta(milliseconds=1)
EARLIER, LATER = "2024-03-01T10:00:00Z", "2024-03-01T11:00:00Z"
STATES: list[list[tuple[Any, ...]]] = [
    [("a", EARLIER, 1)],
    [("a", LATER, 2), ("b", EARLIER, None)],
    [("a", LATER, 2), ("b", EARLIER, None), ("c", EARLIER, None)],
]


def rows_at(workspace: Workspace, as_of: datetime | None) -> list[tuple[Any, ...]]:
    report = read_table(workspace, ReadRequest(table=TABLE, as_of=as_of))
    assert report.rows_total == len(report.rows)
    return [(row["id"], row["at"], row["amount"]) for row in report.rows]


def completed(workspace: Workspace, instant: str) -> datetime:
    commits = find_table(workspace, TABLE).timeline().commits
    found = next(commit.completed for commit in commits if str(commit.instant) == instant)
    assert found is not None
    return found


@pytest.fixture
def machine_in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_a_later_write_changes_no_earlier_read(grown_lake: GrownLake) -> None:
    workspace = grown_lake.workspace

    reads = [rows_at(workspace, completed(workspace, instant)) for instant in grown_lake.instants]

    assert reads == STATES
    assert rows_at(workspace, None) == STATES[-1]


def test_a_commit_is_invisible_until_it_completes(grown_lake: GrownLake) -> None:
    workspace, (_, second, _) = grown_lake.workspace, grown_lake.instants

    requested, done = Instant(second).time, completed(workspace, second)

    assert requested < done - STEP
    assert rows_at(workspace, requested) == STATES[0]
    assert rows_at(workspace, done - STEP) == STATES[0]
    assert rows_at(workspace, done) == STATES[1]


def test_an_instant_shows_its_own_commit(grown_lake: GrownLake) -> None:
    table = find_table(grown_lake.workspace, TABLE)

    for instant, rows in zip(grown_lake.instants, STATES, strict=True):
        found = table.read_at(table.timeline().checked(Instant(instant)))
        assert sorted(row["id"] for row in found.collect()) == [row[0] for row in rows]


def test_before_the_first_commit_and_in_the_future_are_errors_with_the_range(grown_lake: GrownLake) -> None:
    workspace, (first, _, third) = grown_lake.workspace, grown_lake.instants
    begin, end = completed(workspace, first), completed(workspace, third)

    with pytest.raises(BeforeFirstCommit) as before:
        rows_at(workspace, begin - STEP)
    assert (before.value.earliest, before.value.latest) == (begin, end)
    with pytest.raises(InTheFuture):
        rows_at(workspace, datetime.now(timezone.utc) + timedelta(minutes=1))


def test_overlapping_writers_are_named_and_read_never(grown_lake: GrownLake, tmp_path: Path) -> None:
    workspace, (_, second, third) = copy_of(grown_lake.workspace, tmp_path), grown_lake.instants
    after_third = completed(workspace, third) + timedelta(milliseconds=2)
    (file,) = timeline_folder(workspace).glob(f"{second}_*.commit")
    file.rename(file.with_name(f"{second}_{Instant.from_time(after_third)}.commit"))

    with pytest.raises(OverlappingCommits) as overlap:
        rows_at(workspace, after_third - STEP)

    assert (overlap.value.visible, overlap.value.not_yet) == (third, second)
    assert rows_at(workspace, completed(workspace, third) - STEP) == STATES[0]
    assert rows_at(workspace, after_third) == STATES[2]


def test_times_are_utc_on_a_machine_in_any_zone(grown_lake: GrownLake, machine_in_new_york: None) -> None:
    assert rows_at(grown_lake.workspace, None) == STATES[-1]


def test_the_first_rows_are_shown_and_all_are_counted_and_digested(grown_lake: GrownLake) -> None:
    whole = read_table(grown_lake.workspace, ReadRequest(table=TABLE))
    one = read_table(grown_lake.workspace, ReadRequest(table=TABLE, limit=1))

    assert (len(one.rows), one.rows_total, one.digest) == (1, 3, whole.digest)
    assert one.rows[0] == whole.rows[0]
    assert one.instant == grown_lake.instants[-1]
    assert not [name for name in one.columns if name.startswith("_")]


def test_rejected_rows_are_a_table_too(grown_lake: GrownLake) -> None:
    (row,) = read_table(grown_lake.workspace, ReadRequest(table=QUARANTINE)).rows

    assert (row["reason"], row["raw"], row["schema_version"]) == ("malformed", "no JSON", 1)
    assert row["position"].endswith(".jsonl#row 2")


def test_a_table_that_is_not_there_is_an_error_that_lists_those_that_are(grown_lake: GrownLake) -> None:
    with pytest.raises(TableNotFound, match=f"{TABLE}, {QUARANTINE}"):
        read_table(grown_lake.workspace, ReadRequest(table="events/orders"))
