"""Made-up visits to a shop, thousands of events at a time: the valid events of every generated stream.

A block covers a piece of the stream's span and is made from the seed and its number alone, so that memory is
bounded by one block whatever the length of the stream. Within a block sessions overlap, and events are in
order of time; every block begins where the one before it ends.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from featurestore.clickstream.journeys import EVENT_NAMES, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SCHEMA = pa.schema(
    [
        ("event_id", pa.int64()),
        ("user_id", pa.string()),
        ("session_id", pa.string()),
        ("event", pa.string()),
        ("timestamp", pa.string()),
        ("platform", pa.string()),
        ("acquisition_channel", pa.string()),
        ("user_cohort", pa.string()),
        ("user_lifecycle", pa.string()),
        ("quantity", pa.int64()),
        ("version", pa.int64()),
        ("is_deleted", pa.bool_()),
    ]
)
"""The columns of an event, in order; no value is null, `timestamp` is text in UTC without saying so."""

BLOCK_EVENTS = 65_536
PLATFORMS = ("desktop", "mobile", "tablet")

_CHANNELS = ("organic", "paid_search", "email", "social", "direct")
_LIFECYCLES = ("new", "returning", "loyal")
_COHORT_MONTHS = 4
_EVENTS_A_SESSION = 8.6
_GAP_MILLISECONDS = 120_000.0
_MOST_PIECES = 5
_WITH_PIECES = ("add_to_cart", "purchase")


def visit_blocks(*, events: int, seed: int, users: int, start: datetime, days: int) -> Iterator[pa.Table]:
    """Tables of `SCHEMA`, in order of time, with this many events together and ids from 1 on.

    Times lie in [start, start + days), in whole milliseconds; `start` is aware. A user's channel, cohort and
    lifecycle are the same throughout.
    """
    begin = round(start.timestamp() * 1000)
    span = days * 86_400_000
    cohorts = _cohorts(start)
    for number, first in enumerate(range(0, events, BLOCK_EVENTS)):
        count = min(BLOCK_EVENTS, events - first)
        piece = (begin + span * first // events, begin + span * (first + count) // events)
        random = np.random.Generator(np.random.PCG64([seed, number]))
        session, event = _sessions(random, count)
        order, time = _times(random, session, piece=piece)
        session, event = session[order], event[order]
        user = (users * random.random(int(session.max()) + 1) ** 2).astype(np.int64)[session]
        pieces = np.where(
            np.isin(event, [EVENT_NAMES.index(name) for name in _WITH_PIECES]),
            1 + (random.random(count) ** 2 * _MOST_PIECES).astype(np.int64),
            1,
        )
        columns = {
            "event_id": pa.array(np.arange(first + 1, first + count + 1)),
            "user_id": _named("user_", user, digits=4),
            "session_id": _named("sess_", session + number * BLOCK_EVENTS + 1, digits=6),
            "event": _picked(EVENT_NAMES, event),
            "timestamp": pc.strftime(pa.array(time, pa.timestamp("ms")), format="%Y-%m-%dT%H:%M:%S"),
            "platform": _picked(PLATFORMS, _hashed(session, seed, number) % 7 % 3),
            "acquisition_channel": _picked(_CHANNELS, _hashed(user, seed, 1) % 11 % 5),
            "user_cohort": _picked(cohorts, _hashed(user, seed, 2) % _COHORT_MONTHS),
            "user_lifecycle": _picked(_LIFECYCLES, _hashed(user, seed, 3) % 5 % 3),
            "quantity": pa.array(pieces),
            "version": pa.array(np.ones(count, dtype=np.int64)),
            "is_deleted": pa.array(np.zeros(count, dtype=np.bool_)),
        }
        yield pa.table(columns, schema=SCHEMA)


def json_texts(events: pa.Table) -> pa.Array:
    """Each event of a table of `SCHEMA` as compact JSON; its texts must need no escapes."""
    pieces: list[Any] = []
    for field in SCHEMA:
        column = events.column(field.name).combine_chunks()
        quote = '"' if field.type == pa.string() else ""
        opening = "{" if not pieces else f"{pieces.pop()},"
        text = pc.cast(column, pa.string())
        pieces += [f'{opening}"{field.name}":{quote}', text, quote]
    pieces.append(pieces.pop() + "}")
    return pc.binary_join_element_wise(*pieces, "")


def _sessions(random: np.random.Generator, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """For this many events: the number of the session, from 0 on and rising, and the number of the event."""
    sessions: list[NDArray[Any]] = []
    events: list[NDArray[Any]] = []
    made, first = 0, 0
    while made < count:
        visits = walk(random, sessions=8 + int((count - made) / _EVENTS_A_SESSION * 1.1))
        session, _ = np.nonzero(visits >= 0)
        sessions.append(session + first)
        events.append(visits[visits >= 0])
        made, first = made + len(session), first + len(visits)
    return np.concatenate(sessions)[:count], np.concatenate(events)[:count].astype(np.int64)


def _times(
    random: np.random.Generator, session: NDArray[Any], *, piece: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The order of the events by time, and their times in that order: milliseconds within `piece`."""
    begin, end = piece
    gaps = np.cumsum(-_GAP_MILLISECONDS * np.log1p(-random.random(len(session))))
    first_of_session = np.searchsorted(session, session)
    starts = random.random(int(session.max()) + 1) * (end - begin)
    since_begin = starts[session] + gaps - gaps[first_of_session]
    longest = max(float(since_begin.max()), 1.0)
    if longest > end - begin - 1:
        since_begin *= max(end - begin - 1, 0) / longest
    time = begin + since_begin.astype(np.int64)
    order = np.argsort(time, kind="stable")
    return order, time[order]


def _cohorts(start: datetime) -> tuple[str, ...]:
    """The months before the stream's start and that month itself, oldest first."""
    month = start.astimezone(timezone.utc).year * 12 + start.astimezone(timezone.utc).month - 1
    months = range(month - _COHORT_MONTHS + 1, month + 1)
    return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in months)


def _named(prefix: str, numbers: NDArray[Any], *, digits: int) -> pa.Array:
    padded = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, padded, "")


def _picked(names: Sequence[str], numbers: NDArray[Any]) -> pa.Array:
    return pc.take(pa.array(names), pa.array(numbers.astype(np.int64)))


def _hashed(numbers: NDArray[Any], seed: int, salt: int) -> NDArray[Any]:
    """Numbers from 0 to 2**31 - 1 that look random and are the same for the same input."""
    mixed = numbers.astype(np.uint64) + np.uint64((seed * 1_000_003 + salt * 7_919) % 2**32)
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(factor)
    return (mixed >> np.uint64(33)).astype(np.int64)
