"""Record keys, canonical rows and digests as Spark columns; `featurestore.keys` states the encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, DateType, DoubleType, StringType, TimestampType

from featurestore.canonical import digest_of_sorted
from featurestore.keys import NULL_PART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyspark.sql import Column, DataFrame


def record_key(parts: Iterable[tuple[str, DataType]]) -> Column:
    """The record key of columns given by name and type, in order."""
    return F.concat(*(_encoded(_text(name, kind)) for name, kind in parts))


def key_of(rows: DataFrame, names: Sequence[str]) -> Column:
    """The record key of some of a frame's columns, in order."""
    return record_key((name, rows.schema[name].dataType) for name in names)


def row_digest(columns: Iterable[tuple[str, DataType]]) -> Column:
    """SHA-256 (hex) of the canonical row of these columns."""
    parts = []
    for name, kind in sorted(columns):
        text = _text(name, kind)
        # Null where the text is: concat is null with any part. Each text is named once, to keep the code short.
        whole = F.concat(F.lit(_literal(name)), F.octet_length(text).cast("string"), F.lit(":"), text)
        parts.append(F.coalesce(whole, F.lit("")))
    return F.sha2(F.concat(*parts), 256)


@dataclass(frozen=True, kw_only=True)
class Content:
    """How many rows a frame has, and their digest."""

    rows: int
    digest: str


def table_digest(rows: DataFrame, *, key: str = "record_key", leave_out: Sequence[str] = ()) -> str:
    """SHA-256 (hex) of the frame's content, rows sorted by `key`, without Hudi's columns and `leave_out`."""
    return content_of(rows, key=key, leave_out=leave_out).digest


def content_of(rows: DataFrame, *, key: str = "record_key", leave_out: Sequence[str] = ()) -> Content:
    """The digest that `table_digest` gives, with the number of rows, in one pass."""
    kept = [
        (field.name, field.dataType)
        for field in rows.schema.fields
        if not field.name.startswith("_hoodie_") and field.name not in leave_out
    ]
    keyed = rows.select(F.col(key).alias("key"), row_digest(kept).alias("digest"))
    # One partition, because a sort over several would compute every digest twice, once to sample where to cut.
    digests = keyed.repartition(1).sortWithinPartitions("key", "digest")
    count = 0

    def counted() -> Iterator[str]:
        nonlocal count
        for row in digests.select("digest").toLocalIterator(prefetchPartitions=True):
            count += 1
            yield row["digest"]

    digest = digest_of_sorted(counted())
    return Content(rows=count, digest=digest)


def _encoded(text: Column) -> Column:
    length = F.octet_length(text).cast("string")
    return F.when(text.isNull(), F.lit(NULL_PART)).otherwise(F.concat(length, F.lit(":"), text))


def _literal(text: str) -> str:
    return f"{len(text.encode())}:{text}"


def _text(name: str, kind: DataType) -> Column:
    """The canonical text of a column; null stays null."""
    column = F.col(f"`{name}`")
    if isinstance(kind, StringType):
        return column
    if isinstance(kind, TimestampType):
        return F.unix_micros(column).cast("string")
    if isinstance(kind, BooleanType | DateType):
        return column.cast("string")
    if isinstance(kind, DoubleType):
        positive = column + F.lit(0.0)  # -0.0 + 0.0 is 0.0
        bits = F.call_function(
            "java_method",
            F.lit("java.lang.Double"),
            F.lit("doubleToLongBits"),
            F.coalesce(positive, F.lit(0.0)),
        )
        return F.when(column.isNotNull(), bits)
    return column.cast("bigint").cast("string")
