"""The contract of an event says nothing that contradicts itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.definitions import DataType, Field, OnViolation, Schema, definition_hash
from featurestore.definitions.base import from_json
from featurestore.errors import DefinitionError

NUMBERS = st.none() | st.integers(-3, 3) | st.sampled_from([-0.0, 0.5, 1.0, 2.0])


def made(**settings: Any) -> Field:
    """A whole number called price, but for these settings."""
    given: dict[str, Any] = {"name": "price", "data_type": DataType.INT64}
    return Field(**given | settings)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"name": "Price"}, "starting with a letter"),
        ({"on_violation": OnViolation.DEFAULT}, "a default, because on_violation is default"),
        ({"data_type": DataType.STRING, "minimum": 1}, "a number type for a range"),
        ({"data_type": DataType.TIMESTAMP, "maximum": 1}, "a number type for a range"),
        ({"minimum": 2, "maximum": 1}, "minimum <= maximum"),
        ({"data_type": DataType.FLOAT64, "minimum": float("nan")}, "values of type float64"),
        ({"data_type": DataType.FLOAT64, "maximum": float("inf")}, "values of type float64"),
        ({"data_type": DataType.FLOAT64, "maximum": 10**400}, "of its type|values of type float64"),
        ({"minimum": 0.5}, "values of type int64"),
        ({"minimum": True}, "a value of its type"),
        ({"default": 2**63}, "values of type int64"),
        ({"default": "1"}, "values of type int64"),
        ({"default": True}, "values of type int64"),
        ({"default": 5, "maximum": 4}, "a default that keeps"),
        ({"default": 0, "minimum": 1}, "a default that keeps"),
        ({"default": 5, "allowed": (1, 2)}, "a default that keeps"),
        ({"data_type": DataType.STRING, "default": "ab", "pattern": "a"}, "a default that keeps"),
        ({"data_type": DataType.STRING, "pattern": "["}, "a regular expression"),
        ({"pattern": "[0-9]+"}, "type string for a pattern"),
        ({"data_type": DataType.STRING, "allowed": ("a", 1)}, "values of type string"),
        ({"data_type": DataType.BOOLEAN, "default": 0}, "values of type boolean"),
        ({"data_type": DataType.TIMESTAMP, "default": "yesterday"}, "values of type timestamp"),
        ({"data_type": DataType.DATE, "default": "2024-13-01"}, "values of type date"),
        ({"data_type": "money"}, "a value of its type"),
    ],
)
def test_a_contradiction_is_refused(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        made(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"minimum": 1, "maximum": 1},
        {"default": 1, "minimum": 1, "maximum": 1, "allowed": (1,)},
        {"data_type": DataType.STRING, "default": "ab", "pattern": "a|ab"},
        {"data_type": DataType.TIMESTAMP, "default": "2024-06-01T00:00:00Z"},
        {"data_type": DataType.DATE, "default": "2024-06-01"},
        {"data_type": DataType.BOOLEAN, "default": False, "on_violation": OnViolation.DEFAULT},
    ],
)
def test_rules_that_agree_are_taken(settings: dict[str, Any]) -> None:
    field = made(**settings)

    assert from_json(Field, json.loads(json.dumps(field.to_json()))) == field


@given(NUMBERS, NUMBERS)
def test_equal_fields_have_equal_hashes(one: float | None, other: float | None) -> None:
    fields = [Field(name="price", data_type=DataType.FLOAT64, default=default) for default in (one, other)]

    assert (fields[0] == fields[1]) == (definition_hash(fields[0]) == definition_hash(fields[1]))


def test_a_schema_has_fields() -> None:
    with pytest.raises(DefinitionError, match="at least one field"):
        Schema(fields=())


def test_a_field_occurs_once() -> None:
    field = Field(name="price", data_type=DataType.INT64)

    with pytest.raises(DefinitionError, match="got 'price'"):
        Schema(fields=(field, field))


def test_an_unknown_field_is_told_from_the_known_ones() -> None:
    schema = Schema(
        fields=(Field(name="b", data_type=DataType.INT64), Field(name="a", data_type=DataType.STRING))
    )

    assert schema.names == ("b", "a")
    assert schema.field("a").data_type is DataType.STRING
    with pytest.raises(DefinitionError, match="one of: b, a, got 'c'"):
        schema.field("c")
