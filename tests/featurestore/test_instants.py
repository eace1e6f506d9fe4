"""Instants, and which commits a reader saw at a wall-clock time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.errors import (
    BeforeFirstCommit,
    InTheFuture,
    InvalidRequest,
    NaiveTimestamp,
    OverlappingCommits,
    PastHorizon,
)
from featurestore.instants import (
    Commit,
    Instant,
    aware,
    from_micros,
    parse_time,
    resolve,
    tables_from_text,
    tables_text,
    to_micros,
)

UTC = timezone.utc
START = datetime(2024, 6, 1, tzinfo=UTC)
NOW = START + timedelta(hours=1)
TIMES = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone itself
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-14), timedelta(hours=14))),
)


def second(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def commit(requested: float, completed: float | None) -> Commit:
    """A commit by the seconds at which it was requested and completed."""
    return Commit(
        instant=Instant.from_time(second(requested)),
        completed=None if completed is None else second(completed),
    )


def seen(*commits: Commit, at: float, horizon: float | None = None) -> Instant:
    keeps = None if horizon is None else second(horizon)
    return resolve("events/clicks", commits, at=second(at), now=NOW, horizon=keeps)


@given(TIMES)
def test_an_instant_is_its_time_to_the_millisecond(time: datetime) -> None:
    instant = Instant.from_time(time)

    assert Instant(str(instant)) == instant
    assert Instant.from_time(instant.time) == instant
    assert timedelta(0) <= time - instant.time < timedelta(milliseconds=1)
    assert instant.time.tzinfo is UTC


@given(TIMES, TIMES)
def test_instants_are_ordered_as_their_times(one: datetime, other: datetime) -> None:
    first, last = Instant.from_time(one), Instant.from_time(other)

    assert (first <= last) == (first.time <= last.time)


def test_an_instant_reads_as_its_utc_digits() -> None:
    berlin = timezone(timedelta(hours=2))

    assert str(Instant.from_time(datetime(2024, 6, 1, 2, 3, 4, 567_891, berlin))) == "20240601000304567"


def test_a_year_before_1000_keeps_its_digits() -> None:
    assert str(Instant.from_time(datetime(33, 4, 3, tzinfo=UTC))) == "00330403000000000"


@pytest.mark.parametrize(
    "text", ["", "20240601", "2024060100000000a", "20241301000000000", "20240601000000000\n", "٢" * 17]
)
def test_other_texts_are_no_instants(text: str) -> None:
    with pytest.raises(InvalidRequest, match="17 digits"):
        Instant(text)


def test_a_naive_time_has_no_instant() -> None:
    with pytest.raises(NaiveTimestamp):
        Instant.from_time(datetime(2024, 6, 1))  # noqa: DTZ001


@given(TIMES)
def test_microseconds_are_exact(time: datetime) -> None:
    assert from_micros(to_micros(time)) == time


def test_microseconds_before_1970_are_negative() -> None:
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)) == -1


def test_a_commit_is_visible_once_it_is_completed() -> None:
    first, second_ = commit(1, 2), commit(5, 8)

    assert seen(first, second_, at=2) == first.instant
    assert seen(first, second_, at=7.999) == first.instant
    assert seen(first, second_, at=8) == second_.instant


def test_the_order_of_the_list_means_nothing() -> None:
    commits = (commit(1, 2), commit(3, 4), commit(5, 6), commit(7, None))

    assert {seen(*order, at=5.5) for order in permutations(commits)} == {commits[1].instant}


def test_a_pending_commit_is_in_nobodys_way() -> None:
    dead, alive = commit(1, None), commit(3, 4)

    assert seen(dead, alive, commit(9, None), at=10) == alive.instant


def test_a_later_commit_that_completed_first_leaves_no_instant_between() -> None:
    slow, quick = commit(1, 10), commit(2, 3)

    with pytest.raises(OverlappingCommits) as raised:
        seen(slow, quick, at=5)

    assert (raised.value.visible, raised.value.not_yet) == (str(quick.instant), str(slow.instant))
    assert str(quick.instant) in str(raised.value)
    assert str(slow.instant) in str(raised.value)


def test_before_and_after_an_overlap_tables_can_be_read() -> None:
    first, slow, quick = commit(0, 0.5), commit(1, 10), commit(2, 3)

    assert seen(first, slow, quick, at=2.5) == first.instant
    assert seen(first, slow, quick, at=10) == quick.instant


COMMITS = st.lists(
    st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9)), unique_by=lambda pair: pair[0], max_size=6
)


@given(COMMITS, st.integers(0, 20))
def test_an_instant_shows_exactly_what_was_completed(
    pairs: list[tuple[int, int | None]], moment: int
) -> None:
    commits = [commit(start, None if lasts is None else start + lasts) for start, lasts in pairs]
    done = [entry for entry in commits if entry.completed is not None]
    visible = {entry.instant for entry in done if entry.completed and entry.completed <= second(moment)}

    expressible = visible in [{other.instant for other in done if other.instant <= one} for one in visible]

    if expressible:
        found = seen(*commits, at=moment)
        assert {entry.instant for entry in done if entry.instant <= found} == visible
    else:
        with pytest.raises(OverlappingCommits if visible else BeforeFirstCommit):
            seen(*commits, at=moment)


def test_before_the_first_commit_the_range_is_named() -> None:
    with pytest.raises(BeforeFirstCommit) as raised:
        seen(commit(1, 2), commit(3, 4), at=1.5)

    assert (raised.value.earliest, raised.value.latest) == (second(2), second(4))


def test_a_table_without_commits_has_no_range() -> None:
    with pytest.raises(BeforeFirstCommit) as raised:
        seen(commit(1, None), at=5)

    assert (raised.value.earliest, raised.value.latest) == (None, None)


def test_past_the_horizon_the_range_is_named() -> None:
    with pytest.raises(PastHorizon) as raised:
        seen(commit(1, 2), commit(3, 4), at=3.5, horizon=4)

    assert (raised.value.earliest, raised.value.latest) == (second(4), second(4))


def test_the_horizon_itself_can_be_read() -> None:
    assert seen(commit(1, 2), commit(3, 4), at=4, horizon=4) == commit(3, 4).instant


def test_the_future_cannot_be_read() -> None:
    with pytest.raises(InTheFuture) as raised:
        resolve("events/clicks", [commit(1, 2)], at=NOW + timedelta(microseconds=1), now=NOW)

    assert raised.value.now == NOW
    assert resolve("events/clicks", [commit(1, 2)], at=NOW, now=NOW) == commit(1, 2).instant


def test_a_time_without_zone_is_not_resolved() -> None:
    with pytest.raises(NaiveTimestamp, match="as_of"):
        resolve("events/clicks", [], at=datetime(2024, 6, 1), now=NOW)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-01T12:00:00Z",
        "2024-06-01 12:00:00+00:00",
        "2024-06-01T14:00:00+02:00",
        "2024-06-01T06:30:00-05:30",
    ],
)
def test_a_time_is_read_in_any_zone(text: str) -> None:
    parsed = parse_time(text, subject="as_of")

    assert parsed == datetime(2024, 6, 1, 12, tzinfo=UTC)
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize("text", ["2024-06-01T12:00:00", "2024-06-01"])
def test_a_text_without_zone_is_refused(text: str) -> None:
    with pytest.raises(NaiveTimestamp, match="as_of"):
        parse_time(text, subject="as_of")


@pytest.mark.parametrize(
    "text", ["", "Z", "yesterday", "2024-13-01T00:00:00Z", "2024060112", "0001-01-01T00:00:00+14:00"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="as_of: expected a time such as"):
        parse_time(text, subject="as_of")


@pytest.mark.parametrize("text", ["20240601120000000", "20241301000000000"])
def test_the_digits_of_an_instant_are_no_time_that_a_reader_saw(text: str) -> None:
    with pytest.raises(InvalidRequest, match="`history` shows when each commit completed"):
        parse_time(text, subject="as_of")


@given(TIMES)
def test_a_time_that_was_written_is_read(time: datetime) -> None:
    assert parse_time(time.isoformat(), subject="as_of") == time


@given(TIMES)
def test_aware_changes_the_zone_only(time: datetime) -> None:
    assert aware(time, subject="time") == time
    assert aware(time, subject="time").tzinfo is UTC


def test_tables_at_instants_are_a_text_and_come_back_from_it() -> None:
    tables = {"features/a/v1": Instant("20240601120000000"), "events/b": Instant("20240601120000001")}

    text = tables_text(tables)

    assert text == "events/b@20240601120000001,features/a/v1@20240601120000000"
    assert tables_from_text(text) == tables


@pytest.mark.parametrize(
    "text",
    ["", "events/b", "@20240601120000000", "events/b@now", "a@20240601120000000,a@20240601120000001", ","],
)
def test_any_other_text_names_no_tables(text: str) -> None:
    with pytest.raises(InvalidRequest):
        tables_from_text(text)
