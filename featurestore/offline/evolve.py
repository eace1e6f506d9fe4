"""Fields that data brings and the schema does not name, taken up as nullable columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.definitions.schema import DataType, Field, Schema
from featurestore.definitions.sources import RESERVED
from featurestore.errors import DefinitionError
from featurestore.offline.raw_rows import UNKNOWN
from featurestore.offline.spark_types import SPARK_TYPES
from featurestore.offline.validate import REJECTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

_INTEGER = r"^[+-]?[0-9]{1,18}\z"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_LONG_INTEGER = r"^[+-]?[0-9]{16,}\z"
_BOOLEAN = r"^(true|false)\z"


def evolve(validated: DataFrame, schema: Schema) -> tuple[Field, ...]:
    """The new fields of the accepted rows, sorted by name, each optional and of the narrowest type.

    Types tried in order: int64, float64, boolean, else string; a type fits where it holds all values without
    loss. `DefinitionError` for a name that cannot be a column.
    """
    entries = (
        validated.where(F.col(REJECTION).isNull() & F.col(UNKNOWN).isNotNull())
        .select(F.explode(UNKNOWN).alias("name", "value"))
        .where(F.col("value").isNotNull() & ~F.col("name").isin(*schema.names))
    )
    value = F.col("value")
    finite = F.abs(value.cast("double")) < F.lit(float("inf"))
    fits = entries.groupBy("name").agg(
        F.min(value.rlike(_INTEGER)).alias("int64"),
        F.min(value.rlike(_NUMBER) & ~value.rlike(_LONG_INTEGER) & finite).alias("float64"),
        F.min(value.rlike(_BOOLEAN)).alias("boolean"),
    )
    return tuple(
        Field(
            name=_free(row["name"]),
            data_type=next(
                (DataType(kind) for kind in ("int64", "float64", "boolean") if row[kind]), DataType.STRING
            ),
            required=False,
        )
        for row in fits.orderBy("name").collect()
    )


def _free(name: str) -> str:
    if name in RESERVED:
        raise DefinitionError(f"New field {name!r}", expected="a name other than ours", received=name)
    return name


def with_evolved(schema: Schema, evolved: Sequence[Field]) -> Schema:
    """The schema with the new fields behind its own."""
    return Schema(fields=(*schema.fields, *evolved), on_unknown=schema.on_unknown) if evolved else schema


def evolved_columns(accepted: DataFrame, evolved: Sequence[Field]) -> DataFrame:
    """Accepted rows with a typed column for each new field."""
    if not evolved:
        return accepted
    return accepted.withColumns(
        {field.name: F.col(UNKNOWN)[field.name].cast(SPARK_TYPES[field.data_type]) for field in evolved}
    )
