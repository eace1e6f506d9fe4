"""Derived columns in Spark, of exactly the type that their definitions state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.errors import DefinitionError
from featurestore.offline.spark_types import SPARK_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from featurestore.definitions.derived import DerivedColumn

_WIDENED: dict[type[T.DataType], tuple[type[T.DataType], ...]] = {
    T.LongType: (T.ByteType, T.ShortType, T.IntegerType),
    T.DoubleType: (T.ByteType, T.ShortType, T.IntegerType, T.LongType, T.FloatType, T.DecimalType),
}
"""What may become what, without being asked."""


def with_derived(rows: DataFrame, columns: Sequence[DerivedColumn], *, subject: str) -> DataFrame:
    """The rows with each derived column behind the others; a later one may use an earlier.

    `DefinitionError` where Spark finds another type than the definition states.
    """
    for column in columns:
        where = f"{subject}, {column.name!r}"
        wanted = SPARK_TYPES[column.data_type]
        try:
            computed = rows.withColumn(column.name, F.expr(column.expression))
        except AnalysisException as error:
            raise DefinitionError(
                where, expected="an expression that Spark can compute", received=str(error).splitlines()[0]
            ) from error
        found = computed.schema[column.name].dataType
        if found != wanted and not isinstance(found, _WIDENED.get(type(wanted), ())):
            raise DefinitionError(
                where,
                expected=f"an expression of type {column.data_type.value}",
                received=found.simpleString(),
            )
        value = F.col(column.name).cast(wanted)
        # A column that Spark knows to be never null could not join a table whose old rows lack it.
        rows = computed.withColumn(column.name, F.when(value.isNotNull(), value))
    return rows
