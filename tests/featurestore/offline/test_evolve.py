"""Fields that data brings become columns of the narrowest type that holds all their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.definitions.schema import DataType, Field, OnUnknown, Schema
from featurestore.errors import DefinitionError
from featurestore.offline.evolve import evolve, evolved_columns, with_evolved
from featurestore.offline.validate import REJECTION, validate
from tests.helpers.raw_rows import raw_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

SCHEMA = Schema(fields=(Field(name="id", data_type=DataType.STRING),), on_unknown=OnUnknown.EVOLVE)
VALUES: dict[str, tuple[list[str | None], DataType]] = {
    "whole": (["1", "-2", None], DataType.INT64),
    "mixed": (["1", "2.5", "3e2"], DataType.FLOAT64),
    "flags": (["true", "false"], DataType.BOOLEAN),
    "words": (["1", "two"], DataType.STRING),
    "flag_or_number": (["true", "1"], DataType.STRING),
    "long_numbers": (["12345678901234567890", "1"], DataType.STRING),
    "nearly_long": (["123456789012345678"], DataType.INT64),
    "boundless": (["1e400"], DataType.STRING),
    "line_break": (["1\n"], DataType.STRING),
    "objects": (['{"a":1}'], DataType.STRING),
}


def validated(spark: SparkSession, *rows: Mapping[str, str | None] | None) -> DataFrame:
    return validate(raw_texts(spark, SCHEMA.names, rows), SCHEMA, timezone=None)


def test_a_new_field_takes_the_narrowest_type_that_holds_all_values(spark: SparkSession) -> None:
    rows = [
        {"id": "a", **{name: values[number] for name, (values, _) in VALUES.items() if number < len(values)}}
        for number in range(3)
    ]
    batch = validated(spark, *rows)

    found = evolve(batch, SCHEMA)

    assert {field.name: field.data_type for field in found} == {
        name: kind for name, (_, kind) in VALUES.items()
    }
    assert [field.name for field in found] == sorted(VALUES)
    assert not any(field.required for field in found)
    typed = evolved_columns(batch, found).where("whole = -2").first()
    assert typed is not None
    assert (typed["mixed"], typed["long_numbers"], typed["flags"]) == (2.5, "1", False)


def test_rejected_rows_and_nulls_bring_no_field(spark: SparkSession) -> None:
    batch = validated(spark, {"id": None, "x": "1"}, {"id": "a", "y": None}, None)

    assert batch.where(f"{REJECTION} is null").count() == 1
    assert evolve(batch, SCHEMA) == ()
    assert with_evolved(SCHEMA, ()) is SCHEMA
    assert evolved_columns(batch, ()) is batch


@pytest.mark.parametrize("name", ["Upper", "with space", "record_key", "version"])
def test_a_name_that_cannot_be_a_column_is_refused(spark: SparkSession, name: str) -> None:
    with pytest.raises(DefinitionError, match=name):
        evolve(validated(spark, {"id": "a", name: "1"}), SCHEMA)
