"""What callers of `FeatureStore` may give in place of what a request holds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

import msgspec

from featurestore.definitions.training import spec_from_yaml
from featurestore.errors import InvalidRequest, SourceNotFound
from featurestore.files import exists, read_text
from featurestore.instants import aware, parse_time

if TYPE_CHECKING:
    from featurestore.definitions.training import TrainingSpec

ChoiceT = TypeVar("ChoiceT", bound=Enum)

_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def time_of(given: datetime | str | None) -> datetime | None:
    """An aware datetime; text is ISO 8601 with a zone, else `NaiveTimestamp`."""
    if given is None:
        return None
    return parse_time(given, subject="as_of") if isinstance(given, str) else aware(given, subject="as_of")


def spec_of(given: TrainingSpec | str | None) -> str | None:
    """The spec as JSON; `SourceNotFound` where its file is not there, `DefinitionError` for one that is none."""
    if given is None:
        return None
    if isinstance(given, str):
        if not exists(given):
            raise SourceNotFound("training spec", location=given, remedy="Check the path.")
        given = spec_from_yaml(read_text(given), subject=given)
    return msgspec.json.encode(given).decode()


def duration_of(given: timedelta | str | None) -> timedelta | None:
    """A duration; text is a whole number and a unit, such as `7d`, else `InvalidRequest`."""
    if given is None or isinstance(given, timedelta):
        return given
    parts = _DURATION.fullmatch(given)
    if parts is None:
        raise InvalidRequest(
            "since", expected="a whole number and one of s, m, h, d, w, such as 7d", received=given
        )
    return timedelta(**{_UNITS[parts.group(2)]: int(parts.group(1))})


def choice_of(subject: str, given: ChoiceT | str, kind: type[ChoiceT]) -> ChoiceT:
    """A member of an enumeration, given as it is or as its value; `InvalidRequest` lists them."""
    try:
        return kind(given)
    except ValueError:
        expected = f"one of: {', '.join(str(member.value) for member in kind)}"
        raise InvalidRequest(subject, expected=expected, received=given) from None
