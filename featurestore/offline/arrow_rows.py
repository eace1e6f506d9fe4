"""Rows given as pandas or Arrow become an Arrow table of the types that Spark has, or one clear error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.types as kinds

from featurestore.errors import InvalidRequest, NaiveTimestamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

_SAME = (
    kinds.is_boolean,
    kinds.is_signed_integer,
    kinds.is_float32,
    kinds.is_float64,
    kinds.is_string,
    kinds.is_binary,
    kinds.is_date32,
    kinds.is_decimal128,
)
"""What Spark has too."""

_AS = (
    (kinds.is_null, pa.string()),
    (kinds.is_uint8, pa.int16()),
    (kinds.is_uint16, pa.int32()),
    (kinds.is_uint32, pa.int64()),
    (kinds.is_uint64, pa.int64()),
    (kinds.is_float16, pa.float32()),
    (kinds.is_large_string, pa.string()),
    (kinds.is_string_view, pa.string()),
    (kinds.is_large_binary, pa.binary()),
    (kinds.is_binary_view, pa.binary()),
    (kinds.is_fixed_size_binary, pa.binary()),
    (kinds.is_date64, pa.date32()),
)
"""What Spark has under another type, which holds the same values."""


def is_pandas(rows: object) -> bool:
    """Whether these rows are a pandas DataFrame; imports nothing."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(rows, pandas.DataFrame)


def is_arrow(rows: object) -> bool:
    """Whether these rows are an Arrow table or record batch."""
    return isinstance(rows, pa.Table | pa.RecordBatch)


def to_arrow(
    rows: pd.DataFrame | pa.Table | pa.RecordBatch,
    *,
    zone_declared: bool = False,
    types: Mapping[str, pa.DataType] | None = None,
) -> pa.Table:
    """The rows in their order, nulls as nulls, every column of a type that Spark reads as it is.

    Dictionaries and categoricals become their values, unsigned integers signed ones, times microseconds in UTC.
    pandas' index is left out, and its NaN is a null. A column without a single value takes its type from
    `types`, and is text where that says nothing. A time without zone stays one where a zone is declared.

    Raises `NaiveTimestamp`, and `InvalidRequest` for columns without name, of repeated names or unsupported
    types, and for values that would change: nanoseconds, integers beyond 64 bits, a time with a zone among
    times without.
    """
    names = list(rows.columns) if is_pandas(rows) else list(rows.schema.names)
    check_names(names)
    table = _from_pandas(rows) if is_pandas(rows) else pa.table(rows)
    columns = [
        _column(name, column, (types or {}).get(name), zone_declared=zone_declared)
        for name, column in zip(names, table.columns, strict=True)
    ]
    return pa.table(columns, names=names)


def check_names(names: Sequence[Any]) -> None:
    """Raises `InvalidRequest` for columns that cannot be told apart by name; Spark does not look at case."""
    if not names:
        raise InvalidRequest("Rows", expected="at least one column", received="none")
    for name in names:
        if not isinstance(name, str) or not name or "`" in name:
            raise InvalidRequest("Rows", expected="columns named by text without backticks", received=name)
    folded = [name.casefold() for name in names]
    repeated = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if repeated:
        expected = "each column name once, upper and lower case being the same"
        raise InvalidRequest("Rows", expected=expected, received=", ".join(repeated))


def _from_pandas(rows: Any) -> pa.Table:
    try:
        table = pa.Table.from_pandas(rows, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        expected = "columns whose values are of one type that Arrow has"
        raise InvalidRequest("Rows", expected=expected, received=_said(error)) from error
    for name in table.schema.names:
        if rows[name].dtype == object and kinds.is_timestamp(table.schema.field(name).type):
            _check_times(name, rows[name].dropna())
    return table


def _check_times(name: str, values: Any) -> None:
    """Arrow takes the zone of the first object for all of them, and cuts nanoseconds off."""
    naive = [value for value in values if getattr(value, "tzinfo", None) is None]
    if naive and len(naive) < len(values):
        raise NaiveTimestamp(f"Column {name!r}", naive[0])
    fine = [value for value in values if getattr(value, "nanosecond", 0)]
    if fine:
        raise _lossy(name, fine[0])


def _column(
    name: str, column: pa.ChunkedArray, wanted: pa.DataType | None, *, zone_declared: bool
) -> pa.ChunkedArray:
    if wanted is not None and column.null_count == len(column):
        return pa.chunked_array([pa.nulls(len(column), wanted)])
    kind = _kind(name, column.type)
    if kinds.is_timestamp(kind) and kind.tz is None and not zone_declared and column.null_count < len(column):
        raise NaiveTimestamp(f"Column {name!r}", column.drop_null()[0])
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _lossy(name, _said(error)) from error


def _kind(name: str, given: pa.DataType) -> pa.DataType:
    if kinds.is_dictionary(given):
        return _kind(name, given.value_type)
    if kinds.is_timestamp(given):
        return pa.timestamp("us", tz="UTC" if given.tz else None)
    if any(is_same(given) for is_same in _SAME):
        return given
    for is_kind, kind in _AS:
        if is_kind(given):
            return kind
    expected = "text, bytes, integers, floats, decimals, booleans, dates or times"
    raise InvalidRequest(f"Column {name!r}", expected=expected, received=str(given))


def _lossy(name: str, received: object) -> InvalidRequest:
    expected = "values that Spark can hold: 64-bit integers, times to the microsecond"
    return InvalidRequest(f"Column {name!r}", expected=expected, received=str(received))


def _said(error: Exception) -> str:
    return " ".join(str(part) for part in error.args)
