"""Split rows into train and test: by entity, or by time with a gap; never at random."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest, NotEnoughRows, RowCountMismatch
from featurestore.instants import from_micros
from featurestore.training.columns import EVENT_TIMESTAMP, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

_POSITIONS = 2**64
_HEX_DIGITS = 16
_DAY = 86_400_000_000
_SECOND = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Split:
    """Two sets of rows without a common row, with the columns of the rows they came from."""

    train: DataFrame
    test: DataFrame
    train_rows: int
    test_rows: int
    gap_rows: int = 0
    """Rows in neither set, because they lie too close before the cut."""
    cut: datetime | None = None
    """UTC; the `event_timestamp` of the oldest test row. None where entities were split."""


def entity_position(key: str) -> int:
    """The first 8 bytes of SHA-256 of an entity's record key, as a big-endian unsigned integer."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def is_test_entity(key: str, *, test_fraction: float) -> bool:
    """Tell in which set an entity belongs, as `split_by_entity` does; `key` is its record key."""
    return entity_position(key) < _threshold(test_fraction)


def split_by_entity(rows: DataFrame, *, keys: Sequence[str], test_fraction: float, key_text: Column) -> Split:
    """Put all rows of an entity on one side, the same side in every run, engine and training set.

    `key_text` is the record key of the entity that the columns `keys` name (`featurestore.keys`). The entity
    is in test if its position / 2**64 < `test_fraction`; both are compared as 16 hexadecimal digits, which
    order as the integers do. About `test_fraction` of the entities are in test, not of the rows.
    InvalidRequest if `key_text` puts rows of one entity on both sides (it holds more than the entity);
    NotEnoughRows if a side is empty. Null timestamps and features do not matter here.
    """
    position = F.substring(F.sha2(key_text.cast("string"), 256), 1, _HEX_DIGITS)
    is_test = position < F.lit(f"{_threshold(test_fraction):0{_HEX_DIGITS}x}")
    per_entity = rows.groupBy(*(F.col(quoted(key)) for key in keys)).agg(
        F.count("*").alias("rows"), _count_if(~is_test).alias("train"), _count_if(is_test).alias("test")
    )
    counts = per_entity.agg(
        *(F.sum(name).alias(name) for name in ("rows", "train", "test")),
        _count_if((F.col("train") > 0) & (F.col("test") > 0)).alias("torn"),
    ).first()
    total, train_rows, test_rows, torn = (int(count or 0) for count in counts or (0, 0, 0, 0))
    if torn:
        raise InvalidRequest(
            "key_text",
            expected=f"one value per entity ({', '.join(keys)})",
            received=f"{torn} entities with several",
        )
    _check(total, train_rows=train_rows, test_rows=test_rows, gap_rows=0)
    return Split(
        train=rows.where(~is_test), test=rows.where(is_test), train_rows=train_rows, test_rows=test_rows
    )


def split_by_time(rows: DataFrame, *, test_fraction: float, gap: timedelta) -> Split:
    """Put the newest rows in test, and leave a gap before them.

    `gap` must be at least the longest feature window and the label horizon, so that no test feature and no
    training label see the same event. The cut is the greatest `event_timestamp` at or after which there are
    `test_fraction` of the rows or more; rows of equal time stay together.

        up to cut - gap: train      between: dropped, counted      from cut on: test

    NotEnoughRows if a side is empty. `event_timestamp` must not be null.
    """
    if gap < timedelta(0):
        raise InvalidRequest("gap", expected="zero or more", received=gap)
    time = F.unix_micros(EVENT_TIMESTAMP)
    total, timed = rows.agg(F.count("*"), F.count(time)).first() or (0, 0)
    if timed < total:
        raise InvalidRequest(
            EVENT_TIMESTAMP, expected="a time in every row", received=f"{total - timed} nulls"
        )
    if not total:
        raise NotEnoughRows("Split", expected="rows", received="none")
    cut = _time_of_newest(rows.select(time.alias("time")), math.ceil(_fraction(test_fraction) * total))
    is_test = time >= cut
    is_train = (time <= cut - gap // timedelta(microseconds=1)) & (time < cut)
    is_gap = ~is_train & ~is_test
    counts = rows.agg(_count_if(is_train), _count_if(is_test), _count_if(is_gap)).first()
    train_rows, test_rows, gap_rows = counts or (0, 0, 0)
    _check(total, train_rows=train_rows, test_rows=test_rows, gap_rows=gap_rows)
    return Split(
        train=rows.where(is_train),
        test=rows.where(is_test),
        train_rows=train_rows,
        test_rows=test_rows,
        gap_rows=gap_rows,
        cut=from_micros(cut),
    )


def _time_of_newest(times: DataFrame, number: int) -> int:
    """The time, in microseconds, of the row with this number, counted from 1 at the newest.

    Exact without sorting all rows: counts tell the day that holds it, then the second, then the time.
    """
    begin = 0
    for width in (_DAY, _SECOND, 1):
        begin_of = F.col("time") - F.pmod("time", F.lit(width))
        newest_first = times.groupBy(begin_of.alias("begin")).count().orderBy(F.desc("begin"))
        begin, number = _piece_with(newest_first.collect(), number)
        times = times.where(begin_of == begin)
    return begin


def _piece_with(counts: Iterable[Sequence[int]], number: int) -> tuple[int, int]:
    """The piece that holds this number when all are counted through, and the number within the piece."""
    for begin, count in counts:
        if number <= count:
            return begin, number
        number -= count
    raise RowCountMismatch("Split", expected=number, received=0)


def _check(total: int, *, train_rows: int, test_rows: int, gap_rows: int) -> None:
    received = train_rows + test_rows + gap_rows
    if received != total:
        raise RowCountMismatch("Split", expected=total, received=received)
    if not train_rows or not test_rows:
        raise NotEnoughRows(
            "Split",
            expected="rows on both sides",
            received=f"{train_rows} to train, {test_rows} to test, {gap_rows} in the gap",
        )


def _threshold(test_fraction: float) -> int:
    """The smallest position that is not in test, exactly."""
    return math.ceil(_fraction(test_fraction) * _POSITIONS)


def _fraction(test_fraction: float) -> Fraction:
    if not 0 < test_fraction < 1:
        raise InvalidRequest("test_fraction", expected="more than 0 and less than 1", received=test_fraction)
    return Fraction(str(test_fraction))  # 0.2 is a fifth, not the double next to it


def _count_if(condition: Column) -> Column:
    return F.count(F.when(condition, 1))
