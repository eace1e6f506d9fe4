"""Blocks of made-up visits: whole, in order, consistent, and the same from the same seed."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.clickstream.journeys import START, WAYS
from featurestore.clickstream.visits import BLOCK_EVENTS, SCHEMA, json_texts, visit_blocks

if TYPE_CHECKING:
    import pyarrow as pa

BEGIN = datetime(2024, 3, 1, tzinfo=timezone.utc)
EVENTS = BLOCK_EVENTS + 5_000
USERS = 300
DAYS = 10

Row = dict[str, Any]


def made(*, seed: int = 5, events: int = EVENTS, start: datetime = BEGIN) -> list[pa.Table]:
    return list(visit_blocks(events=events, seed=seed, users=USERS, start=start, days=DAYS))


@pytest.fixture(scope="module")
def blocks() -> list[pa.Table]:
    return made()


@pytest.fixture(scope="module")
def rows(blocks: list[pa.Table]) -> list[Row]:
    return [row for block in blocks for row in block.to_pylist()]


def test_the_same_seed_gives_the_same_blocks(blocks: list[pa.Table]) -> None:
    assert made() == blocks


def test_another_seed_gives_other_visits(blocks: list[pa.Table]) -> None:
    assert made(seed=6)[0].column("event") != blocks[0].column("event")


def test_two_blocks_of_one_stream_are_not_alike(blocks: list[pa.Table]) -> None:
    first, second = (block.column("event").slice(0, 1_000) for block in blocks)

    assert first != second


def test_a_block_holds_no_more_than_its_bound(blocks: list[pa.Table]) -> None:
    assert [block.num_rows for block in blocks] == [BLOCK_EVENTS, 5_000]


@pytest.mark.parametrize("events", [1, 2, 999])
def test_a_short_stream_has_as_many_events_as_asked_for(events: int) -> None:
    assert [block.num_rows for block in made(events=events)] == [events]


def test_a_stream_of_nothing_has_no_block() -> None:
    assert made(events=0) == []


def test_no_value_is_null(blocks: list[pa.Table]) -> None:
    assert {block.schema for block in blocks} == {SCHEMA}
    assert {column.null_count for block in blocks for column in block.columns} == {0}


def test_ids_count_on_from_one(rows: list[Row]) -> None:
    assert [row["event_id"] for row in rows] == list(range(1, EVENTS + 1))


def test_times_rise_within_the_span(rows: list[Row]) -> None:
    times = [datetime.fromisoformat(row["timestamp"]).replace(tzinfo=timezone.utc) for row in rows]

    assert times == sorted(times)
    assert times[0] >= BEGIN
    assert times[-1] < BEGIN + timedelta(days=DAYS)


def test_times_are_in_utc_whatever_zone_the_start_is_told_in(blocks: list[pa.Table]) -> None:
    assert made(start=BEGIN.astimezone(timezone(timedelta(hours=5)))) == blocks


def test_a_session_is_of_one_user_on_one_platform(rows: list[Row]) -> None:
    assert same_throughout(rows, of="session_id", names=("user_id", "platform"))


def test_a_user_stays_what_they_are(rows: list[Row]) -> None:
    assert same_throughout(rows, of="user_id", names=("acquisition_channel", "user_cohort", "user_lifecycle"))
    assert 1 < len({row["user_id"] for row in rows}) <= USERS


def test_each_session_goes_the_ways_of_the_journeys(rows: list[Row]) -> None:
    sessions: dict[str, list[str]] = defaultdict(lambda: [START])
    for row in rows:
        sessions[row["session_id"]].append(row["event"])
    steps = {step for events in sessions.values() for step in pairwise(events)}

    assert {(before, after) for before, after in steps if after not in WAYS[before]} == set()


def test_sessions_overlap(rows: list[Row]) -> None:
    assert any(before["session_id"] != after["session_id"] for before, after in pairwise(rows[:10]))


def test_only_carts_and_purchases_hold_more_than_one_piece(rows: list[Row]) -> None:
    assert {row["event"] for row in rows if row["quantity"] != 1} == {"add_to_cart", "purchase"}
    assert {row["quantity"] for row in rows} == {1, 2, 3, 4, 5}


def test_cohorts_are_the_months_up_to_the_start() -> None:
    (block,) = made(events=5_000, start=datetime(2024, 2, 10, tzinfo=timezone.utc))

    assert set(block.column("user_cohort").to_pylist()) == {"2023-11", "2023-12", "2024-01", "2024-02"}


def test_json_says_what_the_table_says(blocks: list[pa.Table]) -> None:
    table = blocks[-1].slice(17, 100)

    texts = json_texts(table).to_pylist()

    assert [json.loads(text) for text in texts] == table.to_pylist()
    assert texts[0] == json.dumps(table.to_pylist()[0], separators=(",", ":"))


def same_throughout(rows: list[Row], *, of: str, names: tuple[str, ...]) -> bool:
    """Whether rows that agree in one column agree in the others."""
    seen = {(row[of], *(row[name] for name in names)) for row in rows}
    return len(seen) == len({row[of] for row in rows})
