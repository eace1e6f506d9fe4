"""Made-up clickstreams of any size, with a stated share of everything that goes wrong in real ones.

    kind             what arrives                                                          its fields
    valid            the next event, in order of time, version 1                           as they are
    late             the next event, dated up to 3 days before the latest valid one        as they are
    duplicate        an earlier message again, to the byte                                 of the original
    corrected        an earlier event with a greater version and another content           as they are
    deleted          an earlier event with a greater version and `is_deleted`              as they are
    malformed        cut JSON, no JSON, or JSON that is no object                          None
    schema_breaking  the next event with an unknown field, or text for a number            as they are

The same spec gives the same bytes (with the same releases of numpy and pyarrow). Memory is bounded: blocks of
65,536 events, and the latest thousand or so that a repeat, correction or delete may go back to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from featurestore.clickstream.visits import PLATFORMS, json_texts, visit_blocks
from featurestore.errors import InvalidSetting, NaiveTimestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

Kind = Literal["valid", "late", "duplicate", "corrected", "deleted", "malformed", "schema_breaking"]

LATEST_DELAY = timedelta(days=3)

_FRESH: tuple[Kind, ...] = ("valid", "late", "malformed", "schema_breaking")
_NEED_AN_EARLIER: tuple[Kind, ...] = ("late", "duplicate", "corrected", "deleted")
_REMEMBERED = 1_000
_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class StreamSpec:
    """What stream to make; each fraction is of `events` and becomes an exact number, rounded.

    What no fraction claims is valid. Times lie in [start, start + days); `start` is aware.
    """

    events: int
    seed: int
    users: int = 1_000
    start: datetime = datetime(2024, 1, 1, tzinfo=timezone.utc)
    days: int = 30
    late_fraction: float = 0.0
    duplicate_fraction: float = 0.0
    malformed_fraction: float = 0.0
    corrected_fraction: float = 0.0
    deleted_fraction: float = 0.0
    schema_breaking_fraction: float = 0.0

    def __post_init__(self) -> None:
        """Check what cannot be meant."""
        for name, least in (("events", 0), ("seed", 0), ("users", 1), ("days", 1)):
            if getattr(self, name) < least:
                raise InvalidSetting(name, received=getattr(self, name), expected=f"{least} or more")
        if self.start.tzinfo is None:
            raise NaiveTimestamp("start", self.start)
        for kind in Kind.__args__[1:]:  # type: ignore[attr-defined]
            fraction = getattr(self, f"{kind}_fraction")
            if not 0.0 <= fraction <= 1.0:
                raise InvalidSetting(f"{kind}_fraction", received=fraction, expected="a number from 0 to 1")
        self._check_sum()

    def _check_sum(self) -> None:
        counts = self.counts()
        if counts["valid"] < 0:
            raise InvalidSetting("the fractions", received=self, expected="1 or less together")
        if counts["valid"] == 0 and any(counts[kind] for kind in _NEED_AN_EARLIER):
            raise InvalidSetting("the fractions", received=self, expected="room for one valid event")

    def counts(self) -> dict[Kind, int]:
        """How many messages of each kind the stream has; together `events`."""
        counts: dict[Kind, int] = {
            "late": round(self.events * self.late_fraction),
            "duplicate": round(self.events * self.duplicate_fraction),
            "corrected": round(self.events * self.corrected_fraction),
            "deleted": round(self.events * self.deleted_fraction),
            "malformed": round(self.events * self.malformed_fraction),
            "schema_breaking": round(self.events * self.schema_breaking_fraction),
        }
        return {"valid": self.events - sum(counts.values()), **counts}

    @property
    def only_valid(self) -> bool:
        """Whether every message is valid, so that whole blocks can be written at once."""
        return self.counts()["valid"] == self.events


@dataclass(frozen=True, kw_only=True)
class GeneratedEvent:
    """One message: `value` is JSON unless malformed, `key` the user's id, `fields` what the value says."""

    kind: Kind
    key: str
    value: bytes
    fields: Mapping[str, object] | None


def generate(spec: StreamSpec) -> Iterator[GeneratedEvent]:
    """The stream's messages in the order in which they arrive."""
    random = Random(spec.seed)  # noqa: S311
    counts = spec.counts()
    mixer = _Mixer(random, _fresh_events(spec, sum(counts[kind] for kind in _FRESH)))
    for left in range(spec.events, 0, -1):
        # The first is valid where there is one: what goes back to an earlier event finds one.
        first = left == spec.events and counts["valid"] > 0
        kind: Kind = "valid" if first else _drawn(random, counts, left=left)
        counts[kind] -= 1
        yield mixer.make(kind)


def fresh_blocks(spec: StreamSpec, count: int) -> Iterator[pa.Table]:
    """The first `count` events of the spec's visits, as tables in order of time."""
    return visit_blocks(events=count, seed=spec.seed, users=spec.users, start=spec.start, days=spec.days)


def _fresh_events(spec: StreamSpec, count: int) -> Iterator[tuple[dict[str, Any], bytes]]:
    for block in fresh_blocks(spec, count):
        texts = json_texts(block).to_pylist()
        for fields, text in zip(block.to_pylist(), texts, strict=True):
            yield fields, text.encode()


def _drawn(random: Random, counts: Mapping[Kind, int], *, left: int) -> Kind:
    """A kind, each as likely as its share of the `left` messages to come: counts come out exactly."""
    place = random.randrange(left)
    for kind, count in counts.items():
        if place < count:
            return kind
        place -= count
    raise AssertionError(counts)


class _Mixer:
    """Makes one message of a kind at a time, and remembers some earlier ones to go back to."""

    def __init__(self, random: Random, fresh: Iterator[tuple[dict[str, Any], bytes]]) -> None:
        self._random = random
        self._fresh = fresh
        self._earlier: list[GeneratedEvent] = []
        self._latest = ""
        self._makers = {
            "valid": self._valid,
            "late": self._late,
            "duplicate": self._duplicate,
            "corrected": self._corrected,
            "deleted": self._deleted,
            "malformed": self._malformed,
            "schema_breaking": self._schema_breaking,
        }

    def make(self, kind: Kind) -> GeneratedEvent:
        return self._makers[kind]()

    def _valid(self) -> GeneratedEvent:
        fields, value = next(self._fresh)
        self._latest = fields["timestamp"]
        return self._remembered(
            GeneratedEvent(kind="valid", key=fields["user_id"], value=value, fields=fields)
        )

    def _late(self) -> GeneratedEvent:
        fields, _ = next(self._fresh)
        delay = timedelta(milliseconds=self._random.randint(1, LATEST_DELAY // timedelta(milliseconds=1)))
        time = datetime.fromisoformat(self._latest) - delay
        return self._remembered(
            _message("late", {**fields, "timestamp": time.isoformat(timespec="milliseconds")})
        )

    def _duplicate(self) -> GeneratedEvent:
        earlier = self._random.choice(self._earlier)
        return GeneratedEvent(kind="duplicate", key=earlier.key, value=earlier.value, fields=earlier.fields)

    def _corrected(self) -> GeneratedEvent:
        place, fields = self._one_to_change()
        others = [platform for platform in PLATFORMS if platform != fields["platform"]]
        changed = {"platform": self._random.choice(others), "version": fields["version"] + 1}
        self._earlier[place] = _message("corrected", {**fields, **changed})
        return self._earlier[place]

    def _deleted(self) -> GeneratedEvent:
        place, fields = self._one_to_change()
        self._earlier[place] = _message(
            "deleted", {**fields, "version": fields["version"] + 1, "is_deleted": True}
        )
        return self._earlier[place]

    def _malformed(self) -> GeneratedEvent:
        fields, value = next(self._fresh)
        broken = self._random.choice(
            (
                value[: self._random.randrange(1, len(value))],
                b"not JSON at all",
                b"[" + value + b"]",
                b'"text"',
            )
        )
        return GeneratedEvent(kind="malformed", key=fields["user_id"], value=broken, fields=None)

    def _schema_breaking(self) -> GeneratedEvent:
        fields, _ = next(self._fresh)
        change = self._random.choice(({"campaign": "spring"}, {"quantity": "two"}, {"event_id": "first"}))
        return _message("schema_breaking", {**fields, **change})

    def _remembered(self, event: GeneratedEvent) -> GeneratedEvent:
        if len(self._earlier) < _REMEMBERED:
            self._earlier.append(event)
        else:
            self._earlier[self._random.randrange(_REMEMBERED)] = event
        return event

    def _one_to_change(self) -> tuple[int, dict[str, Any]]:
        """The place and fields of a remembered event; of one not deleted, where a few tries find one."""
        for _ in range(_TRIES):
            place = self._random.randrange(len(self._earlier))
            fields = dict(self._earlier[place].fields or {})
            if not fields["is_deleted"]:
                break
        return place, fields


def _message(kind: Kind, fields: dict[str, Any]) -> GeneratedEvent:
    value = json.dumps(fields, separators=(",", ":")).encode()
    return GeneratedEvent(kind=kind, key=fields["user_id"], value=value, fields=fields)
