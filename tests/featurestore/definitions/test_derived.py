"""Derived columns are checked when they are defined; the usual cleanings have names."""

from __future__ import annotations

from typing import Any

import pytest

from featurestore.definitions.base import definition_hash, from_json
from featurestore.definitions.derived import (
    DerivedColumn,
    check_derived,
    clip,
    fill_missing,
    first_known,
    log_scale,
    quantile_scale,
)
from featurestore.definitions.schema import DataType
from featurestore.errors import DefinitionError

KNOWN = {"number": DataType.INT64, "price": DataType.FLOAT64, "page": DataType.STRING}


def column(expression: str, data_type: DataType = DataType.FLOAT64, name: str = "new") -> DerivedColumn:
    return DerivedColumn(name=name, expression=expression, data_type=data_type)


@pytest.mark.parametrize("expression", ["rand()", "number +", "(select 1)"])
def test_an_expression_is_checked_when_the_column_is_defined(expression: str) -> None:
    with pytest.raises(DefinitionError, match="'new'"):
        column(expression)


def test_a_column_may_use_an_earlier_derived_one() -> None:
    first, second = column("price * 2", name="twice"), column("twice + number", name="more")

    check_derived("here", (first, second), KNOWN)
    with pytest.raises(DefinitionError, match="columns among number, price, page, got 'twice'"):
        check_derived("here", (second, first), KNOWN)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ((column("missing + 1"),), "got 'missing'"),
        ((column("Price + 1"),), "got 'Price'"),
        ((column("upper(page)"),), "type float64, got 'string'"),
        ((column("price", DataType.INT64),), "type int64, got 'float64'"),
        ((column("1", name="price"),), "occur once, got 'price'"),
        ((column("1"), column("2")), "occur once, got 'new'"),
    ],
)
def test_what_cannot_be_computed_is_refused(columns: tuple[DerivedColumn, ...], reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        check_derived("here", columns, KNOWN)


@pytest.mark.parametrize("expression", ["number", "number / 3", "log1p(number)", "null"])
def test_integers_widen_and_unknown_types_wait_for_the_engine(expression: str) -> None:
    check_derived("here", (column(expression),), KNOWN)


def test_json_gives_an_equal_column_with_an_equal_hash() -> None:
    before = column(clip("price", 0, 10))

    after = from_json(DerivedColumn, before.to_json())

    assert (after, definition_hash(after)) == (before, definition_hash(before))


def test_cleanings_say_what_they_do_in_sql() -> None:
    assert fill_missing("page", "it's") == "coalesce(page, 'it\\'s')"
    assert fill_missing("price", 0.5) == "coalesce(price, 0.5e0)"
    assert first_known("last_7d", "mean_30d", "0") == "coalesce(last_7d, mean_30d, 0)"
    assert clip("a or b", 0, 1) == "case when (a or b) is not null then least(greatest((a or b), 0), 1) end"
    assert log_scale("price") == "sign(price) * ln(1 + abs(price))"


@pytest.mark.parametrize(
    ("build", "arguments"),
    [(clip, ("price", 2, 1)), (quantile_scale, ("price", [1.0])), (quantile_scale, ("price", [1.0, 1.0]))],
)
def test_bounds_must_ascend(build: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(DefinitionError):
        build(*arguments)
