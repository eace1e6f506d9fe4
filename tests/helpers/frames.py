"""Small frames written and compared as text tables.

Cells are divided by blanks; `-` is null. A time is `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`, UTC, on 1 June
2024, perhaps a number of days after it: `+2d10:05`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql import types as T

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

DAY = datetime(2024, 6, 1, tzinfo=timezone.utc)
NULL = "-"
_TIME = re.compile(r"(?:\+(\d+)d)?(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{6}))?)?")


def frame(spark: SparkSession, columns: str, text: str) -> DataFrame:
    """The rows of a text table; `columns` is a schema as Spark reads it: `user string, count bigint`."""
    schema = spark.createDataFrame([], columns).schema
    rows = [line.split() for line in text.strip().splitlines()]
    typed = [
        tuple(_value(cell, field.dataType) for cell, field in zip(row, schema.fields, strict=True))
        for row in rows
    ]
    return spark.createDataFrame(typed, schema)


def assert_rows_equal(received: DataFrame, text: str) -> None:
    """The frame holds these rows, in any order, each as often as it stands here."""
    expected = [" ".join(line.split()) for line in text.strip().splitlines()]
    assert sorted(lines(received)) == sorted(expected)


def lines(rows: DataFrame) -> list[str]:
    """Each row as a line of a text table, in the order in which Spark gives them."""
    micros = [
        F.unix_micros(F.col(f"`{field.name}`")).alias(field.name)
        if isinstance(field.dataType, T.TimestampType)
        else F.col(f"`{field.name}`")
        for field in rows.schema.fields
    ]
    times = [isinstance(field.dataType, T.TimestampType) for field in rows.schema.fields]
    return [_line(row, times) for row in rows.select(*micros).collect()]


def at(text: str) -> datetime:
    """The time that a cell says, aware."""
    match = _TIME.fullmatch(text)
    assert match is not None, f"not a time: {text!r}"
    days, hours, minutes, seconds, micros = (int(part or 0) for part in match.groups())
    return DAY + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)


def _value(cell: str, kind: T.DataType) -> Any:
    if cell == NULL:
        return None
    if isinstance(kind, T.TimestampType):
        return at(cell)
    if isinstance(kind, T.IntegralType):
        return int(cell)
    if isinstance(kind, T.DoubleType):
        return float(cell)
    return cell == "true" if isinstance(kind, T.BooleanType) else cell


def _line(row: Sequence[Any], times: list[bool]) -> str:
    return " ".join(_cell(value, is_time=is_time) for value, is_time in zip(row, times, strict=True))


def _cell(value: Any, *, is_time: bool) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return str(value).lower()
    return _time_text(value) if is_time else str(value)


def _time_text(micros: int) -> str:
    since = timedelta(microseconds=micros) - (DAY - datetime(1970, 1, 1, tzinfo=timezone.utc))
    time = DAY + timedelta(seconds=since.seconds, microseconds=since.microseconds)
    form = "%H:%M" if not (time.second or time.microsecond) else "%H:%M:%S"
    days = f"+{since.days}d" if since.days else ""
    return days + time.strftime(form) + (f".{time.microsecond:06d}" if time.microsecond else "")
