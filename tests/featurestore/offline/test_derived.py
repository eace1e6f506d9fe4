"""Derived columns as Spark computes them: values, nulls and types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.definitions.derived import (
    DerivedColumn,
    clip,
    fill_missing,
    first_known,
    log_scale,
    quantile_scale,
)
from featurestore.definitions.schema import DataType
from featurestore.errors import DefinitionError
from featurestore.offline.derived import with_derived

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

CLEANINGS: dict[str, tuple[str, list[float | None]]] = {
    "filled": (fill_missing("price", 0.5), [1.0, 0.5, -20.0, 300.0]),
    "known": (first_known("price", "other", "9e0"), [1.0, 7.0, -20.0, 300.0]),
    "inside": (clip("price", -1.5, 250), [1.0, None, -1.5, 250.0]),
    "log": (log_scale("price"), [math.log(2), None, -math.log(21), math.log(301)]),
    "rank": (quantile_scale("price", [-10.0, 0.0, 2.0]), [0.75, None, 0.0, 1.0]),
}


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    data = [(1, 1.0, 5.0), (2, None, 7.0), (3, -20.0, None), (4, 300.0, 5.0)]
    return spark.createDataFrame(data, "id int, price double, other double")


def derived(rows: DataFrame, *columns: tuple[str, str, DataType]) -> DataFrame:
    defined = [DerivedColumn(name=name, expression=text, data_type=kind) for name, text, kind in columns]
    return with_derived(rows, defined, subject="here")


@pytest.mark.parametrize("name", CLEANINGS)
def test_a_cleaning_gives_what_it_promises(rows: DataFrame, name: str) -> None:
    text, expected = CLEANINGS[name]

    found = derived(rows, (name, text, DataType.FLOAT64)).orderBy("id").collect()

    assert [row[name] for row in found] == [
        value if value is None else pytest.approx(value, rel=1e-15) for value in expected
    ]


def test_columns_have_the_types_that_they_state(rows: DataFrame) -> None:
    found = derived(
        rows,
        ("whole", "id + 1", DataType.INT64),
        ("as_float", "id", DataType.FLOAT64),
        ("decimal", "price * 0.1 + 1.5", DataType.FLOAT64),
        ("later", "whole * 2", DataType.INT64),
    )

    kinds = {field.name: field.dataType.simpleString() for field in found.schema.fields[3:]}
    assert kinds == {"whole": "bigint", "as_float": "double", "decimal": "double", "later": "bigint"}
    assert [row["later"] for row in found.orderBy("id").collect()] == [4, 6, 8, 10]


@pytest.mark.parametrize(
    ("text", "kind", "received"),
    [("log1p(price)", DataType.STRING, "double"), ("expm1(id, id)", DataType.FLOAT64, "expm1")],
)
def test_what_spark_finds_otherwise_is_an_error_of_the_definition(
    rows: DataFrame, text: str, kind: DataType, received: Any
) -> None:
    with pytest.raises(DefinitionError, match=received):
        derived(rows, ("new", text, kind))
