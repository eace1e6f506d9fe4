from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featurestore.clickstream.definitions import EVENT_NAMES
from featurestore.clickstream.generator import LATEST_DELAY, StreamSpec, generate
from featurestore.clickstream.visits import SCHEMA
from featurestore.errors import InvalidSetting, NaiveTimestamp

if TYPE_CHECKING:
    from featurestore.clickstream.generator import GeneratedEvent

FRACTIONS = (
    "late_fraction",
    "duplicate_fraction",
    "malformed_fraction",
    "corrected_fraction",
    "deleted_fraction",
    "schema_breaking_fraction",
)
MIXED = StreamSpec(
    events=4_000,
    seed=7,
    late_fraction=0.05,
    duplicate_fraction=0.05,
    malformed_fraction=0.02,
    corrected_fraction=0.04,
    deleted_fraction=0.03,
    schema_breaking_fraction=0.01,
)


@pytest.fixture(scope="module")
def mixed() -> list[GeneratedEvent]:
    return list(generate(MIXED))


def fields_of(event: GeneratedEvent) -> dict[str, object]:
    assert event.fields is not None
    return dict(event.fields)


def time_of(event: GeneratedEvent) -> datetime:
    return datetime.fromisoformat(str(fields_of(event)["timestamp"])).replace(tzinfo=timezone.utc)


def version_of(event: GeneratedEvent) -> int:
    return int(str(fields_of(event)["version"]))


def test_the_same_seed_gives_the_same_bytes(mixed: list[GeneratedEvent]) -> None:
    assert list(generate(MIXED)) == mixed


def test_another_seed_gives_another_stream() -> None:
    first, second = (generate(StreamSpec(events=100, seed=seed)) for seed in (1, 2))

    assert [event.value for event in first] != [event.value for event in second]


@settings(max_examples=40, deadline=None)
@given(
    events=st.integers(1, 300),
    seed=st.integers(0, 2**40),
    fractions=st.lists(st.floats(0.0, 0.15), min_size=6, max_size=6),
)
def test_every_fraction_becomes_an_exact_number(events: int, seed: int, fractions: list[float]) -> None:
    stated: dict[str, Any] = dict(zip(FRACTIONS, fractions, strict=True))
    spec = StreamSpec(events=events, seed=seed, **stated)

    counts: Counter[str] = Counter(event.kind for event in generate(spec))

    for name, fraction in zip(FRACTIONS, fractions, strict=True):
        assert counts[name.removesuffix("_fraction")] == round(events * fraction)
    assert counts.total() == events


@settings(max_examples=20, deadline=None)
@given(
    events=st.integers(0, 500), users=st.integers(1, 50), days=st.integers(1, 400), seed=st.integers(0, 99)
)
def test_valid_events_come_in_order_within_the_span(events: int, users: int, days: int, seed: int) -> None:
    start = datetime(2024, 2, 29, 23, tzinfo=timezone(timedelta(hours=-1)))
    made = list(generate(StreamSpec(events=events, seed=seed, users=users, days=days, start=start)))

    times = [time_of(event) for event in made]
    assert times == sorted(times)
    assert all(start <= time < start + timedelta(days=days) for time in times)
    assert [fields_of(event)["event_id"] for event in made] == list(range(1, events + 1))


def test_a_valid_event_has_the_shape_of_the_data_set() -> None:
    made = list(generate(StreamSpec(events=3_000, seed=1, users=50)))

    for event in made:
        fields = fields_of(event)
        assert json.loads(event.value) == fields
        assert event.value == json.dumps(fields, separators=(",", ":")).encode()
        assert tuple(fields) == tuple(SCHEMA.names)
        assert event.key == fields["user_id"]
        assert (fields["version"], fields["is_deleted"]) == (1, False)
    assert {str(fields_of(event)["event"]) for event in made} == set(EVENT_NAMES)


def test_a_session_is_one_users_and_users_stay_who_they_are() -> None:
    made = [fields_of(event) for event in generate(StreamSpec(events=3_000, seed=1, users=50))]

    assert len({fields["session_id"] for fields in made}) > 100
    assert len({(fields["session_id"], fields["user_id"], fields["platform"]) for fields in made}) == len(
        {fields["session_id"] for fields in made}
    )
    traits = ("user_id", "acquisition_channel", "user_cohort", "user_lifecycle")
    assert len({tuple(fields[name] for name in traits) for fields in made}) == len(
        {fields["user_id"] for fields in made}
    )


def test_purchases_follow_a_cart_and_leave_most_sessions_without(mixed: list[GeneratedEvent]) -> None:
    sessions: dict[object, list[object]] = {}
    for event in mixed:
        if event.kind == "valid":
            sessions.setdefault(fields_of(event)["session_id"], []).append(fields_of(event)["event"])

    bought = [events for events in sessions.values() if "purchase" in events]

    assert 0.02 < len(bought) / len(sessions) < 0.3
    assert sum("cart" in events or "add_to_cart" in events for events in bought) > len(bought) / 2


def test_a_late_event_is_out_of_order_by_three_days_at_most(mixed: list[GeneratedEvent]) -> None:
    latest = MIXED.start
    late = 0
    for event in mixed:
        if event.kind == "valid":
            latest = time_of(event)
        elif event.kind == "late":
            late += 1
            assert timedelta(0) < latest - time_of(event) <= LATEST_DELAY
    assert late == 200


def test_a_duplicate_repeats_an_earlier_message_to_the_byte(mixed: list[GeneratedEvent]) -> None:
    seen: set[tuple[str, bytes]] = set()
    for event in mixed:
        if event.kind == "duplicate":
            assert (event.key, event.value) in seen
        seen.add((event.key, event.value))


def test_corrections_and_deletes_go_on_from_the_greatest_version(mixed: list[GeneratedEvent]) -> None:
    newest: dict[object, GeneratedEvent] = {}
    for event in mixed:
        if event.kind in ("malformed", "schema_breaking", "duplicate"):
            continue
        earlier = newest.get(fields_of(event)["event_id"])
        if event.kind in ("valid", "late"):
            assert earlier is None
        else:
            assert earlier is not None
            assert version_of(event) == version_of(earlier) + 1
            assert fields_of(event)["is_deleted"] is (event.kind == "deleted")
        if event.kind == "corrected" and earlier is not None:
            assert fields_of(event)["platform"] != fields_of(earlier)["platform"]
        newest[fields_of(event)["event_id"]] = event


def test_a_malformed_message_is_no_json_object(mixed: list[GeneratedEvent]) -> None:
    for event in mixed:
        if event.kind == "malformed":
            assert event.fields is None
            assert b"\n" not in event.value
            try:
                assert not isinstance(json.loads(event.value), dict)
            except ValueError:
                continue


def test_a_schema_breaking_message_has_a_wrong_type_or_an_unknown_field(mixed: list[GeneratedEvent]) -> None:
    for event in mixed:
        if event.kind == "schema_breaking":
            fields = fields_of(event)
            numbers = ("event_id", "quantity", "version")
            assert set(fields) - set(SCHEMA.names) or any(isinstance(fields[name], str) for name in numbers)


def test_kinds_are_spread_over_the_stream(mixed: list[GeneratedEvent]) -> None:
    places = [place for place, event in enumerate(mixed) if event.kind != "valid"]

    assert max(second - first for first, second in pairwise(places)) < len(mixed) / 10


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="late_fraction"):
        StreamSpec(events=1, seed=1, late_fraction=1.5)
    with pytest.raises(InvalidSetting, match="1 or less together"):
        StreamSpec(events=10, seed=1, late_fraction=0.6, malformed_fraction=0.6)
    with pytest.raises(InvalidSetting, match="room for one valid event"):
        StreamSpec(events=10, seed=1, duplicate_fraction=1.0)
    with pytest.raises(InvalidSetting, match="users"):
        StreamSpec(events=10, seed=1, users=0)
    with pytest.raises(NaiveTimestamp):
        StreamSpec(events=10, seed=1, start=datetime(2024, 1, 1))  # noqa: DTZ001
