"""The demo's inputs, made from the public data set: three files for the past, two waves of Kafka messages.

Rows are split by time: January and February become a CSV file, March JSON lines, April Parquet, May the
first wave of messages, June the second. Each input is in order of time and holds, beside its rows, a stated
number of events that break the contract and of exact repeats. The same data set gives the same bytes each
time.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq

from featurestore.clickstream.dataset import COLUMNS, read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

BROKEN_FILE_EVENTS = 12
"""Events that break the contract in the three files together, four in each."""

DUPLICATE_FILE_EVENTS = 6
"""Exact repeats of an earlier row of the same file in the three files together, two in each."""

BROKEN_STREAM_EVENTS = 9
"""Messages that break the contract in each wave."""

DUPLICATE_STREAM_EVENTS = 5
"""Exact repeats of an earlier message of the same wave in each wave."""

PARTITIONS = 3
"""Partitions of the demo's topic."""

FIRST_BROKEN_EVENT_ID = 1_000_001
"""Broken events have ids of their own, from here on, so that none can stand for a good one."""

WAVES = {1: ("2024-05-01", "2024-06-01"), 2: ("2024-06-01", "2024-07-01")}
"""The days of each wave, from the first on up to and without the second (UTC)."""

Event = dict[str, object]
_Item = TypeVar("_Item")

_REPEAT_DISTANCE = 40
_ARROW_SCHEMA = pa.schema([(name, pa.int64() if name == "event_id" else pa.string()) for name in COLUMNS])


@dataclass(frozen=True, kw_only=True)
class InputFiles:
    """The demo's files; the events of each are given in the module's docstring."""

    csv: Path
    json_lines: Path
    parquet: Path


def prepare(path: Path, directory: Path) -> InputFiles:
    """Write the demo's three files to `directory`/files from the data set at `path`; replaces what is there.

    A file appears under its name only when it is whole. Timestamps are text in all three.
    """
    folder = directory / "files"
    folder.mkdir(parents=True, exist_ok=True)
    events = list(read_events(path))
    files = InputFiles(
        csv=folder / "clickstream-2024-01-02.csv",
        json_lines=folder / "clickstream-2024-03.jsonl",
        parquet=folder / "clickstream-2024-04.parquet",
    )
    _write_whole(files.csv, _csv_bytes(_part(events, "2024-01-01", "2024-03-01")))
    _write_whole(files.json_lines, _json_lines_bytes(_part(events, "2024-03-01", "2024-04-01")))
    _write_whole(files.parquet, _parquet_bytes(_part(events, "2024-04-01", "2024-05-01")))
    return files


def stream_messages(path: Path, wave: int, *, partitions: int = PARTITIONS) -> list[tuple[bytes, bytes, int]]:
    """The messages of one wave (1: May, 2: June) as key, value and partition, in order of time.

    The key is the user's id, the value compact JSON, the partition the key's CRC-32 modulo `partitions`: a
    user's messages are all in one partition, in order.
    """
    first, end = WAVES[wave]
    events = _part(list(read_events(path)), first, end)
    broken = _broken(events, _BREAKS_IN_STREAM, first_id=FIRST_BROKEN_EVENT_ID + 100 * wave)
    good = [(str(event["user_id"]).encode(), _json(event)) for event in events]
    mixed = _mixed(good, broken, repeats=DUPLICATE_STREAM_EVENTS)
    return [(key, value, crc32(key) % partitions) for key, value in mixed]


def _part(events: Iterable[Event], first: str, end: str) -> list[Event]:
    """The events from one day on, up to and without another, in order of time, then of id."""
    chosen = (event for event in events if first <= str(event["timestamp"]) < end)
    return sorted(chosen, key=lambda event: (str(event["timestamp"]), event["event_id"]))


def _json(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def _truncated(event: Event) -> bytes:
    return _json(event)[: len(_json(event)) // 2]


def _without(event: Event, name: str) -> Event:
    return {key: value for key, value in event.items() if key != name}


# What can be wrong with an event that has named fields, whatever it is written in.
_NO_USER: dict[str, object] = {"user_id": None}
_UNKNOWN_EVENT: dict[str, object] = {"event": "teleport"}
_UNREADABLE_TIME: dict[str, object] = {"timestamp": "yesterday noon"}
_NO_EVENT_ID: dict[str, object] = {"event_id": None}
_TEXT_FOR_A_NUMBER: dict[str, object] = {"event_id": "many"}

_BREAKS_IN_CSV = (_NO_USER, _UNKNOWN_EVENT, _UNREADABLE_TIME, _TEXT_FOR_A_NUMBER)
_BREAKS_IN_PARQUET = (_NO_USER, _UNKNOWN_EVENT, _UNREADABLE_TIME, _NO_EVENT_ID)
_BREAKS_IN_JSON_LINES: tuple[Callable[[Event], bytes], ...] = (
    _truncated,
    lambda event: _json(_without(event, "user_id")),
    lambda event: _json({**event, **_UNKNOWN_EVENT}),
    lambda event: _json({**event, "quantity": -1}),
)
_BREAKS_IN_STREAM: tuple[Callable[[Event], bytes], ...] = (
    *_BREAKS_IN_JSON_LINES,
    lambda _event: b"this is not JSON",
    lambda event: b"[" + _json(event) + b"]",
    lambda event: _json({**event, **_UNREADABLE_TIME}),
    lambda event: _json({**event, **_TEXT_FOR_A_NUMBER}),
    lambda event: _json({**event, "session_id": "none"}),
)


def _broken(
    events: Sequence[Event], breaks: Sequence[Callable[[Event], bytes]], *, first_id: int
) -> list[tuple[bytes, bytes]]:
    """One broken event for each way to break one, as key and value, made from rows spread over the part."""
    templates = _templates(events, number=len(breaks), first_id=first_id)
    return [
        (str(template["user_id"]).encode(), broken(template))
        for template, broken in zip(templates, breaks, strict=True)
    ]


def _templates(events: Sequence[Event], *, number: int, first_id: int) -> list[Event]:
    """Good rows, spread over the part, under ids that no row has."""
    return [
        {**events[(place + 1) * len(events) // (number + 2)], "event_id": first_id + place}
        for place in range(number)
    ]


def _broken_rows(events: Sequence[Event], breaks: Sequence[Event], *, first_id: int) -> list[Event]:
    templates = _templates(events, number=len(breaks), first_id=first_id)
    return [{**template, **broken} for template, broken in zip(templates, breaks, strict=True)]


def _mixed(good: Sequence[_Item], broken: Sequence[_Item], *, repeats: int) -> list[_Item]:
    """Good and broken items with a number of repeats of good ones, each a little behind its original."""
    inserted = [((place + 1) * len(good) // (len(broken) + 2), item) for place, item in enumerate(broken)]
    originals = [(place + 1) * len(good) // (repeats + 2) for place in range(repeats)]
    inserted += [(place + _REPEAT_DISTANCE, good[place]) for place in originals]
    mixed = list(good)
    for place, item in sorted(inserted, key=lambda pair: pair[0], reverse=True):
        mixed.insert(place, item)
    return mixed


def _csv_bytes(events: Sequence[Event]) -> bytes:
    broken = _broken_rows(events, _BREAKS_IN_CSV, first_id=FIRST_BROKEN_EVENT_ID)
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(_mixed(events, broken, repeats=DUPLICATE_FILE_EVENTS // 3))
    return text.getvalue().encode()


def _json_lines_bytes(events: Sequence[Event]) -> bytes:
    broken = [
        value for _, value in _broken(events, _BREAKS_IN_JSON_LINES, first_id=FIRST_BROKEN_EVENT_ID + 10)
    ]
    lines = _mixed([_json(event) for event in events], broken, repeats=DUPLICATE_FILE_EVENTS // 3)
    return b"".join(line + b"\n" for line in lines)


def _parquet_bytes(events: Sequence[Event]) -> bytes:
    broken = _broken_rows(events, _BREAKS_IN_PARQUET, first_id=FIRST_BROKEN_EVENT_ID + 20)
    rows = _mixed(events, broken, repeats=DUPLICATE_FILE_EVENTS // 3)
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_ARROW_SCHEMA), buffer)
    return buffer.getvalue()


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole; the hidden name keeps readers of the folder off it meanwhile."""
    new = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
