from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING
from zlib import crc32

import pyarrow.parquet as pq
import pytest

from featurestore.clickstream.dataset import EVENTS, read_events
from featurestore.clickstream.inputs import (
    BROKEN_FILE_EVENTS,
    BROKEN_STREAM_EVENTS,
    DUPLICATE_FILE_EVENTS,
    DUPLICATE_STREAM_EVENTS,
    FIRST_BROKEN_EVENT_ID,
    InputFiles,
    prepare,
    stream_messages,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files(dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> InputFiles:
    return prepare(dataset_path, tmp_path_factory.mktemp("inputs"))


def good_file_events(files: InputFiles) -> list[dict[str, object]]:
    """The rows of all three files that break no rule, as the data set has them."""
    with files.csv.open(encoding="utf-8", newline="") as text:
        rows: list[dict[str, object]] = list(csv.DictReader(text))
    parsed = (as_json(line) for line in files.json_lines.read_bytes().splitlines())
    rows += [event for event in parsed if event]
    rows += pq.read_table(files.parquet).to_pylist()
    return [row | {"event_id": int(str(row["event_id"]))} for row in rows if is_good(row)]


def as_json(value: bytes) -> dict[str, object] | None:
    try:
        event = json.loads(value)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def is_good(row: dict[str, object]) -> bool:
    return str(row["event_id"]).isdigit() and int(str(row["event_id"])) < FIRST_BROKEN_EVENT_ID


def test_files_and_waves_together_hold_every_event(dataset_path: Path, files: InputFiles) -> None:
    from_files = good_file_events(files)
    messages = [as_json(value) for wave in (1, 2) for _, value, _ in stream_messages(dataset_path, wave)]
    from_waves = [event for event in messages if event and is_good(event)]

    assert len(from_files) == len({event["event_id"] for event in from_files}) + DUPLICATE_FILE_EVENTS
    assert len(from_waves) == len({event["event_id"] for event in from_waves}) + 2 * DUPLICATE_STREAM_EVENTS
    held = {event["event_id"]: event for event in (*from_files, *from_waves)}
    assert len(held) == EVENTS
    assert all(held[event["event_id"]] == event for event in read_events(dataset_path))


def test_files_hold_the_stated_number_of_broken_events(files: InputFiles) -> None:
    with files.csv.open("rb") as lines:
        rows = sum(1 for _ in lines) - 1
    rows += len(files.json_lines.read_bytes().splitlines())
    rows += pq.read_metadata(files.parquet).num_rows

    assert rows - len(good_file_events(files)) == BROKEN_FILE_EVENTS


@pytest.mark.parametrize("wave", [1, 2])
def test_a_wave_holds_the_stated_number_of_broken_messages(dataset_path: Path, wave: int) -> None:
    values = [as_json(value) for _, value, _ in stream_messages(dataset_path, wave)]

    assert sum(not (value and is_good(value)) for value in values) == BROKEN_STREAM_EVENTS


def test_a_repeat_is_the_same_to_the_byte(dataset_path: Path) -> None:
    messages = stream_messages(dataset_path, 1)

    repeated = {
        value: number for value, number in Counter(value for _, value, _ in messages).items() if number > 1
    }
    assert list(repeated.values()) == [2] * DUPLICATE_STREAM_EVENTS


def test_each_wave_is_its_month_in_order_of_time(dataset_path: Path) -> None:
    for wave, month in ((1, "2024-05"), (2, "2024-06")):
        parsed = [as_json(value) for _, value, _ in stream_messages(dataset_path, wave)]
        good = {
            str(event["event_id"]): str(event["timestamp"]) for event in parsed if event and is_good(event)
        }
        assert {time[:7] for time in good.values()} == {month}
        assert list(good.values()) == sorted(good.values())


def test_a_users_messages_are_in_one_partition(dataset_path: Path) -> None:
    messages = stream_messages(dataset_path, 2, partitions=5)

    assert all(partition == crc32(key) % 5 for key, _, partition in messages)
    assert {partition for _, _, partition in messages} == set(range(5))


def test_the_same_data_set_gives_the_same_bytes(
    dataset_path: Path, files: InputFiles, tmp_path: Path
) -> None:
    again = prepare(dataset_path, tmp_path)

    for first, second in (
        (files.csv, again.csv),
        (files.json_lines, again.json_lines),
        (files.parquet, again.parquet),
    ):
        assert first.read_bytes() == second.read_bytes()
        assert first.name == second.name
    assert len(list((tmp_path / "files").iterdir())) == 3
    assert stream_messages(dataset_path, 1) == stream_messages(dataset_path, 1)
