"""Which SQL may stand in a definition, and what is said of the rest."""

from __future__ import annotations

import pytest

from featurestore.definitions.expressions import columns_of, inferred_type
from featurestore.definitions.schema import DataType
from featurestore.errors import DefinitionError

TYPES = {
    "number": DataType.INT64,
    "price": DataType.FLOAT64,
    "page": DataType.STRING,
    "time": DataType.TIMESTAMP,
    "day": DataType.DATE,
    "gone": DataType.BOOLEAN,
}
SUBJECT = "here"
FORBIDDEN = {
    "rand()": "Rand",
    "current_timestamp()": "CurrentTimestamp",
    "now()": "now",
    "uuid()": "Uuid",
    "reflect('java.lang.System', 'exit', 1)": "reflect",
    "java_method('java.lang.System', 'getenv')": "java_method",
    "sum(number)": "Sum",
    "count(*)": "Count",
    "(select 1)": "Subquery",
    "explode(array(1))": "Explode",
    "row_number() over (order by number)": "Window",
    "input_file_name()": "input_file_name",
    "monotonically_increasing_id()": "monotonically_increasing_id",
    "my_function(number)": "my_function",
    "array(1, 2)": "Array",
    "transform(array(1), x -> x)": "Transform",
    "select 1": "Select",
    "drop table events": "Drop",
    "*": "Star",
}
NO_EXPRESSION = ("", "1; 2", "number +", "case when", "number)", "'open")
TYPED = {
    "number + 1": DataType.INT64,
    "number / 2": DataType.FLOAT64,
    "number * price": DataType.FLOAT64,
    "coalesce(page, 'none')": DataType.STRING,
    "case when price < 1 then 0 else 1 end": DataType.INT64,
    "page like 'a%' and not gone": DataType.BOOLEAN,
    "cast(page as double)": DataType.FLOAT64,
    "round(price, 2)": DataType.FLOAT64,
    "hour(time)": DataType.INT64,
    "cast(time as date)": DataType.DATE,
    "log1p(price)": None,
    "`number` % 2": DataType.INT64,
}


@pytest.mark.parametrize("expression", FORBIDDEN)
def test_only_functions_of_one_row_that_give_the_same_value_are_let_in(expression: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        columns_of(expression, subject=SUBJECT)

    assert FORBIDDEN[expression] in str(raised.value.received)


@pytest.mark.parametrize("expression", NO_EXPRESSION)
def test_what_is_no_expression_is_refused_and_shown(expression: str) -> None:
    with pytest.raises(DefinitionError, match="SQL expression"):
        columns_of(expression, subject=SUBJECT)


def test_the_columns_of_an_expression_are_found_with_their_case() -> None:
    assert columns_of("coalesce(Page, upper(`page`), 'page')", subject=SUBJECT) == {"Page", "page"}


def test_a_part_of_a_column_is_no_column() -> None:
    with pytest.raises(DefinitionError, match="plain column names"):
        columns_of("page.name", subject=SUBJECT)


@pytest.mark.parametrize("expression", TYPED)
def test_a_type_is_told_where_it_can_be(expression: str) -> None:
    assert inferred_type(expression, TYPES, subject=SUBJECT) is TYPED[expression]
