"""Record keys: the one text encoding of identities, the same in every engine.

Each part of a key becomes its text (below) behind its length in UTF-8 bytes and a colon; a null part is `~`.

    ("1", "11")  -> 1:12:11          ("11", "1") -> 2:111:1          ("a", None) -> 1:a~

No two different lists of parts share an encoding: a part starts with a digit, a null with `~`, and the length
says where the part ends. The text of a value: strings as they are, integers in decimal, booleans `true` and
`false`, times as integer microseconds since 1970 UTC, dates as `yyyy-MM-dd`, floats as the signed decimal of
their IEEE 754 bits (-0.0 counts as 0.0, all NaN are one).
"""

from __future__ import annotations

import math
import struct
from datetime import date, datetime
from typing import TYPE_CHECKING

from featurestore.instants import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable

NULL_PART = "~"
_NAN_BITS = 0x7FF8000000000000

Value = str | int | float | bool | datetime | date | None


def record_key(parts: Iterable[Value]) -> str:
    """The key of these parts, in order."""
    return "".join(encode_part(value_text(part)) for part in parts)


def encode_part(text: str | None) -> str:
    """One part of a key; `None` is a value of its own."""
    return NULL_PART if text is None else f"{len(text.encode())}:{text}"


def value_text(value: Value) -> str | None:
    """The canonical text of a value; null stays null. `NaiveTimestamp` for a datetime without a zone."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(float_bits(value))
    if isinstance(value, datetime):
        return str(to_micros(value))
    return value.isoformat()


def float_bits(value: float) -> int:
    """The IEEE 754 bits of a float as a signed 64-bit integer."""
    if math.isnan(value):
        return _NAN_BITS
    bits: int = struct.unpack("<q", struct.pack("<d", value + 0.0))[0]
    return bits
