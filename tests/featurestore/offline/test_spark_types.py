"""Spark's type for each type of a definition."""

from __future__ import annotations

from featurestore.definitions.schema import DataType
from featurestore.offline.spark_types import SPARK_TYPES


def test_every_type_has_one_of_its_own_in_spark() -> None:
    assert set(SPARK_TYPES) == set(DataType)
    assert {kind: found.simpleString() for kind, found in SPARK_TYPES.items()} == {
        DataType.STRING: "string",
        DataType.INT64: "bigint",
        DataType.FLOAT64: "double",
        DataType.BOOLEAN: "boolean",
        DataType.TIMESTAMP: "timestamp",
        DataType.DATE: "date",
    }
