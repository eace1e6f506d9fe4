"""Record keys: unequal parts, unequal keys."""

from __future__ import annotations

import math
import struct
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.errors import NaiveTimestamp
from featurestore.keys import Value, encode_part, float_bits, record_key, value_text

PARTS = st.lists(st.none() | st.text(), max_size=4)
# Few letters, so that lists often differ only in where a part ends.
CLOSE_PARTS = st.lists(st.none() | st.text(alphabet="01:~", max_size=4), max_size=4)


@given(CLOSE_PARTS, CLOSE_PARTS)
def test_unequal_parts_have_unequal_keys(one: list[str | None], other: list[str | None]) -> None:
    assert (record_key(one) == record_key(other)) == (one == other)


@given(PARTS)
def test_a_key_can_be_taken_apart(parts: list[str | None]) -> None:
    assert taken_apart(record_key(parts)) == parts


def taken_apart(key: str) -> list[str | None]:
    """The parts of a key, read by the rule that the module states."""
    rest, parts = key.encode(), list[str | None]()
    while rest:
        if rest.startswith(b"~"):
            parts.append(None)
            rest = rest[1:]
        else:
            length, _, rest = rest.partition(b":")
            parts.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
    return parts


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ((), ""),
        (("1", "11"), "1:12:11"),
        (("11", "1"), "2:111:1"),
        (("a", None), "1:a~"),
        (("", None), "0:~"),
        (("~",), "1:~"),
        (("ü",), "2:ü"),
    ],
)
def test_the_encoding_is_as_stated(parts: tuple[str | None, ...], key: str) -> None:
    assert record_key(parts) == key


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (date(2024, 6, 1), "2024-06-01"),
        (datetime(1970, 1, 1, 0, 0, 1, 5, timezone.utc), "1000005"),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "0"),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone.utc), "-1000000"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "4607182418800017408"),
        (-1.0, "-4616189618054758400"),
        (math.nan, "9221120237041090560"),
        (math.inf, "9218868437227405312"),
    ],
)
def test_a_value_has_one_text(value: Value, text: str | None) -> None:
    assert value_text(value) == text


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_equal_floats_have_equal_texts_and_others_not(one: float, other: float) -> None:
    assert (value_text(one) == value_text(other)) == (one == other)


@given(st.integers(0, 2**52 - 1), st.booleans())
def test_every_nan_is_one(payload: int, negative: bool) -> None:
    bits = (0xFFF if negative else 0x7FF) << 52 | payload | 1
    (nan,) = struct.unpack("<d", struct.pack("<Q", bits))

    assert float_bits(nan) == float_bits(math.nan)


def test_a_time_without_zone_is_in_no_key() -> None:
    with pytest.raises(NaiveTimestamp):
        record_key([datetime(2024, 6, 1)])  # noqa: DTZ001


def test_a_null_part_is_no_text() -> None:
    assert len({encode_part(None), encode_part(""), encode_part("~"), encode_part("null")}) == 4
