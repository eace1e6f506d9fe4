"""Raw rows of texts, as a reader of JSON lines would hand them to validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.offline.raw_rows import COORDINATES, FIELDS, MALFORMED, POSITION, RAW, UNKNOWN
from featurestore.offline.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, Row, SparkSession

    from featurestore.definitions.schema import Schema


def raw_texts(
    spark: SparkSession, names: Sequence[str], rows: Sequence[Mapping[str, str | None] | None]
) -> DataFrame:
    """Raw rows of texts; none stands for a malformed row; names beside `names` are unknown fields."""
    kind = ", ".join(f"`{name}`: string" for name in names)
    data = []
    for number, row in enumerate(rows):
        given = None if row is None else tuple(row.get(name) for name in names)
        strange = {name: value for name, value in (row or {}).items() if name not in names} or None
        data.append((f"{number:03}", f"row {number}", "raw", row is None, strange, given))
    columns = (COORDINATES, POSITION, RAW, MALFORMED, UNKNOWN, FIELDS)
    kinds = ("string", "string", "string", "boolean", "map<string,string>", f"struct<{kind}>")
    return spark.createDataFrame(data, ", ".join(" ".join(pair) for pair in zip(columns, kinds, strict=True)))


def judged(
    spark: SparkSession,
    schema: Schema,
    *rows: Mapping[str, str | None] | None,
    timezone: str | None = None,
) -> list[Row]:
    validated = validate(raw_texts(spark, schema.names, rows), schema, timezone=timezone)
    return validated.orderBy(COORDINATES).collect()
