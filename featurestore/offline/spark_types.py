"""The types of definitions as Spark's."""

from __future__ import annotations

from pyspark.sql import types as T

from featurestore.definitions.schema import DataType

SPARK_TYPES: dict[DataType, T.DataType] = {
    DataType.STRING: T.StringType(),
    DataType.INT64: T.LongType(),
    DataType.FLOAT64: T.DoubleType(),
    DataType.BOOLEAN: T.BooleanType(),
    DataType.TIMESTAMP: T.TimestampType(),
    DataType.DATE: T.DateType(),
}
