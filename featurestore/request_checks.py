"""What requests of several steps check alike, each with an `InvalidRequest` that names the field."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from featurestore.errors import InvalidRequest
from featurestore.instants import aware

if TYPE_CHECKING:
    from datetime import datetime


def only_of(text: str | None) -> tuple[str, str] | None:
    """Field and value of `field=value`; `InvalidRequest` for another text."""
    field, equals, value = (text or "").partition("=")
    fits = text is None or bool(field and equals)
    check("only", text, fits=fits, expected="field=value, such as platform=mobile")
    return None if text is None else (field, value)


def in_utc(request: msgspec.Struct, as_of: datetime | None) -> None:
    """Keeps `as_of` of the request in UTC; `NaiveTimestamp` without a zone."""
    if as_of is not None:
        msgspec.structs.force_setattr(request, "as_of", aware(as_of, subject="as_of"))


def check_one_of(step: str, **given: object) -> None:
    """Raises `InvalidRequest` where more than one of these is given."""
    both = [name for name, value in given.items() if value is not None]
    check(step, " and ".join(both), fits=len(both) <= 1, expected=f"one of {' and '.join(given)}")


def check_since(since: timedelta | None) -> None:
    """Raises `InvalidRequest` for a duration below 0."""
    fits = since is None or since >= timedelta(0)
    check("since", since, fits=fits, expected="a duration of 0 or more")


def check_version(version: int | None) -> None:
    """Raises `InvalidRequest` for a number below 1."""
    check("version", version, fits=version is None or version >= 1, expected="1 or more")


def check(name: str, received: object, *, fits: bool, expected: str) -> None:
    """Raises `InvalidRequest` for a value that its field cannot have."""
    if not fits:
        raise InvalidRequest(name, expected=expected, received=received)
