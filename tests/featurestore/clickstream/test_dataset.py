from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream import dataset
from featurestore.clickstream.dataset import EVENTS, fetch_dataset, read_events
from featurestore.errors import MissingPart

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_come_in_file_order_with_their_number(dataset_path: Path) -> None:
    events = list(read_events(dataset_path))

    assert [event["event_id"] for event in events] == list(range(1, EVENTS + 1))
    assert events[0] == {
        "event_id": 1,
        "user_id": "user_0000",
        "session_id": "sess_000001",
        "event": "home",
        "timestamp": "2024-03-13 10:21:14",
        "platform": "desktop",
        "acquisition_channel": "email",
        "user_cohort": "2024-01",
        "user_lifecycle": "returning",
    }
    assert tuple(events[0]) == dataset.COLUMNS
    assert all(all(event.values()) for event in events)


def test_it_holds_what_the_story_counts_on(dataset_path: Path) -> None:
    events = list(read_events(dataset_path))

    assert len({event["user_id"] for event in events}) == 600
    assert Counter(event["event"] for event in events)["purchase"] == 470
    assert min(str(event["timestamp"]) for event in events) >= "2024-01-01"
    assert max(str(event["timestamp"]) for event in events) < "2024-07-01"


def test_what_is_cached_is_not_fetched_again(dataset_path: Path) -> None:
    told: list[str] = []

    assert fetch_dataset(dataset_path.parent, told.append) == dataset_path
    assert told == []


def test_a_cached_file_with_wrong_bytes_is_replaced(dataset_path: Path, tmp_path: Path) -> None:
    (tmp_path / "ecom.csv.gz").write_bytes(b"torn")

    fetched = fetch_dataset(tmp_path)

    assert fetched.read_bytes() == dataset_path.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["ecom.csv.gz"]


def test_a_wheel_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "WHEEL_SHA256", "0" * 64)

    with pytest.raises(MissingPart, match="retentioneering"):
        fetch_dataset(tmp_path)

    assert list(tmp_path.iterdir()) == []
