"""Frames in and out: rows as a Spark or pandas DataFrame or as Arrow, without a value or its type changing."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

from featurestore.errors import InvalidRequest, NaiveTimestamp
from featurestore.files import absolute_uri
from featurestore.offline.arrow_rows import check_names, is_arrow, is_pandas, to_arrow
from featurestore.offline.point_in_time import ROW, with_row_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from pyspark.sql import SparkSession

Frame = Literal["spark", "pandas", "arrow"]
"""A kind of frame: a Spark DataFrame, a pandas DataFrame, an Arrow table."""

_NO_FILE_HOLDS = (T.DayTimeIntervalType, T.YearMonthIntervalType)


def frame_kind(frame: object) -> Frame:
    """The kind of this name; `InvalidRequest` lists them."""
    for kind in get_args(Frame):
        if frame == kind:
            named: Frame = kind
            return named
    raise InvalidRequest("frame", expected=f"one of: {', '.join(get_args(Frame))}", received=frame)


def kind_of(rows: object) -> Frame:
    """Which kind of frame these rows are; `InvalidRequest` for anything else."""
    if isinstance(rows, DataFrame):
        return "spark"
    if is_pandas(rows):
        return "pandas"
    if is_arrow(rows):
        return "arrow"
    expected = "a pandas DataFrame, an Arrow table or record batch, or a Spark DataFrame"
    raise InvalidRequest("Rows", expected=expected, received=type(rows).__name__)


def names_of(rows: Any) -> list[str]:
    """The names of a frame's columns, which can be told apart; `InvalidRequest` where they cannot."""
    names = rows.schema.names if kind_of(rows) == "arrow" else rows.columns
    check_names(list(names))
    return list(names)


def to_spark(
    rows: Any, spark: SparkSession, *, folder: Path, types: Mapping[str, T.DataType] | None = None
) -> DataFrame:
    """The rows with a column `_label_row`, which increases in their order; computed once, now.

    pandas and Arrow go through a Parquet file in `folder`, which is gone afterwards: it holds every type and
    null as it is. `types` are those of columns that may come without a single value, and so without a type.
    Every time needs a zone. Raises `NaiveTimestamp`, and `InvalidRequest` as `to_arrow` does.
    """
    if ROW in names_of(rows):
        raise InvalidRequest("Rows", expected="no column of this name, which is used inside", received=ROW)
    if kind_of(rows) == "spark":
        return with_row_numbers(checked_spark(rows))
    wanted = {
        name: to_arrow_schema(T.StructType([T.StructField(name, kind)])).field(0).type
        for name, kind in (types or {}).items()
    }
    table = to_arrow(rows, types=wanted)
    table = table.append_column(ROW, pa.array(range(table.num_rows), pa.int64()))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid.uuid4().hex}.parquet"
    try:
        pq.write_table(table, path)
        # Without the option Spark refuses times before 1900, which another writer could have meant otherwise.
        read = spark.read.option("datetimeRebaseMode", "CORRECTED").parquet(absolute_uri(str(path)))
        return read.localCheckpoint(eager=True)
    finally:
        path.unlink(missing_ok=True)


def checked_spark(rows: DataFrame, *, zone_declared: bool = False) -> DataFrame:
    """The same rows, columns that hold nothing but nulls as text.

    Raises `NaiveTimestamp` for times without zone where none is declared, and `InvalidRequest` for repeated
    names and for intervals, which no file holds.
    """
    check_names(rows.columns)
    nothing = {}
    for field in rows.schema.fields:
        if isinstance(field.dataType, T.TimestampNTZType) and not zone_declared:
            raise NaiveTimestamp(f"Column {field.name!r}", field.dataType.simpleString())
        if isinstance(field.dataType, _NO_FILE_HOLDS):
            expected, received = "a type that files hold", field.dataType.simpleString()
            raise InvalidRequest(f"Column {field.name!r}", expected=expected, received=received)
        if isinstance(field.dataType, T.NullType):
            nothing[field.name] = F.lit(None).cast("string")
    return rows.withColumns(nothing) if nothing else rows


def as_frame(
    rows: DataFrame, frame: Frame, *, order: str | None = None
) -> DataFrame | pd.DataFrame | pa.Table:
    """Spark's rows as another kind of frame, read now; as they are where Spark's kind is asked for.

    `order` names a text column to sort what is read by; without it rows come in Spark's order.
    """
    if frame == "spark":
        return rows
    table = collected(rows)
    if order is not None:
        table = table.sort_by(order)
    return to_pandas(table) if frame == "pandas" else table


def collected(rows: DataFrame) -> pa.Table:
    """The rows in Spark's order as an Arrow table of exactly Spark's types: times are `timestamp[us, tz=UTC]`."""
    schema = to_arrow_schema(rows.schema)
    batches = rows._collect_as_arrow()  # noqa: SLF001 - PySpark 4 calls it toArrow
    # Spark names its session's zone in the batches, whatever the schema says.
    return pa.Table.from_batches(batches).cast(schema) if batches else schema.empty_table()


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """A pandas DataFrame whose types do not depend on the values.

    Integers and booleans have pandas' types that know nulls (`Int64`, `boolean`), times are
    `datetime64[us, UTC]`, floats have NaN for null, text and dates are objects with None.
    """
    import pandas as pd

    nullable = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    frame: pd.DataFrame = table.to_pandas(types_mapper=nullable.get, date_as_object=True)
    return frame
