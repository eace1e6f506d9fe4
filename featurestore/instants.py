"""Instants, the commits of a table, and which of them a reader saw at a wall-clock time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

from featurestore.errors import (
    BeforeFirstCommit,
    InTheFuture,
    InvalidRequest,
    NaiveTimestamp,
    OverlappingCommits,
    PastHorizon,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INSTANT = re.compile(r"[0-9]{17}")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, order=True)
class Instant:
    """The requested time of a commit, which names it: 17 digits, `yyyyMMddHHmmssSSS`, UTC."""

    text: str

    def __post_init__(self) -> None:
        if not _INSTANT.fullmatch(self.text):
            raise _not_an_instant(self.text)
        try:
            _time_of(self.text)
        except ValueError as error:
            raise _not_an_instant(self.text) from error

    def __str__(self) -> str:
        return self.text

    @property
    def time(self) -> datetime:
        """The instant as an aware UTC datetime, to the millisecond."""
        return _time_of(self.text)

    @classmethod
    def from_time(cls, time: datetime) -> Instant:
        """The instant of a datetime, cut to the millisecond; `NaiveTimestamp` without a zone."""
        text = aware(time, subject="instant").replace(tzinfo=None).isoformat(timespec="milliseconds")
        return cls(re.sub("[^0-9]", "", text))


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One entry of a table's timeline; `completed` is absent while it is pending."""

    instant: Instant
    completed: datetime | None
    action: str = "commit"


def resolve(
    table: str, commits: Sequence[Commit], *, at: datetime, now: datetime, horizon: datetime | None = None
) -> Instant:
    """The instant that shows what a reader saw at `at`: exactly the commits completed by then.

    `commits` are all known, pending ones included, in any order. `horizon` is the earliest time the table
    still keeps (none: everything since its first commit). Readers of files show every completed commit
    *requested* at or before an instant, so where an earlier-requested commit completed only after `at`, no
    instant says what was visible: `OverlappingCommits` names both. A pending commit that never completes is
    in nobody's way.

    Raises `BeforeFirstCommit`, `PastHorizon`, `InTheFuture`, `OverlappingCommits`, `NaiveTimestamp`.
    """
    at = aware(at, subject="as_of")
    if at > now:
        raise InTheFuture(table, at, now=now)
    completed = {commit.instant: commit.completed for commit in commits if commit.completed is not None}
    times = completed.values()
    if horizon is not None and at < horizon:
        raise PastHorizon(table, at, earliest=horizon, latest=max(times, default=horizon))
    visible = [instant for instant, time in completed.items() if time <= at]
    if not visible:
        raise BeforeFirstCommit(table, at, earliest=min(times, default=None), latest=max(times, default=None))
    newest = max(visible)
    for instant in sorted(completed.keys() - set(visible)):
        if instant < newest:
            raise OverlappingCommits(table, at, visible=str(newest), not_yet=str(instant))
    return newest


def parse_time(text: str, *, subject: str) -> datetime:
    """An aware UTC datetime from ISO 8601 text with a zone.

    The 17 digits of an instant are refused: they say when a commit was requested, and a reader of that moment did
    not see it yet. Raises `NaiveTimestamp` without a zone, `InvalidRequest` for anything else.
    """
    if text.isdigit():
        expected = "a time such as 2024-06-01T12:00:00Z (`history` shows when each commit completed)"
        raise InvalidRequest(subject, expected=expected, received=text)
    try:
        return aware(
            datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text), subject=subject
        )
    except (ValueError, OverflowError) as error:
        expected = "a time such as 2024-06-01T12:00:00Z"
        raise InvalidRequest(subject, expected=expected, received=text) from error


def aware(time: datetime, *, subject: str) -> datetime:
    """The same time in UTC; `NaiveTimestamp` where it has no zone."""
    if time.utcoffset() is None:
        raise NaiveTimestamp(subject, time.isoformat())
    return time.astimezone(timezone.utc)


def to_micros(time: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact."""
    return (aware(time, subject="time") - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def tables_text(tables: Mapping[str, Instant | str]) -> str:
    """Tables at instants as one text, `table@instant,...` by name; `tables_from_text` is the inverse."""
    return ",".join(f"{name}@{instant}" for name, instant in sorted(tables.items()))


def tables_from_text(text: str) -> dict[str, Instant]:
    """Table name -> instant; `InvalidRequest` for another text, and for a table that it names twice."""
    named = [one.rpartition("@") for one in text.split(",")]
    tables = {name: Instant(instant) for name, at, instant in named if at and name}
    if len(tables) != len(named):
        raise InvalidRequest("tables", expected="table@instant,..., each table once", received=text)
    return tables


def _time_of(digits: str) -> datetime:
    """The time of 17 digits; `ValueError` where they are none: `strptime` takes 20241301 for 30 January."""
    ends = (4, 6, 8, 10, 12, 14, 17)
    *parts, millis = (int(digits[begin:end]) for begin, end in pairwise((0, *ends)))
    year, month, day, hour, minute, second = parts
    return datetime(year, month, day, hour, minute, second, millis * 1000, tzinfo=timezone.utc)


def _not_an_instant(text: str) -> InvalidRequest:
    expected = "17 digits (yyyyMMddHHmmssSSS, UTC), as `featurestore history` lists them"
    return InvalidRequest("instant", expected=expected, received=text)
