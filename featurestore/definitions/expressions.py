"""What a derived column's SQL may say: one value from one row, the same on every run and every engine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from featurestore.definitions.schema import DataType
from featurestore.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYNTAX_NAMES = """
    Column Identifier Literal Null Boolean Paren Neg Add Sub Mul Div IntDiv Mod EQ NEQ NullSafeEQ LT LTE GT GTE
    And Or Not Is In Between Like RegexpLike Case If Cast TryCast DataType DPipe TsOrDsToDate
"""
_FUNCTION_NAMES = """
    Coalesce Nullif Greatest Least Abs Ceil Floor Round Exp Ln Log Pow Sqrt Sign IsNan
    Lower Upper Trim Length Substring Concat RegexpExtract RegexpReplace StartsWith EndsWith Contains SplitPart
    Year Quarter Month Day DayOfMonth DayOfWeek DayOfYear Hour Minute Second DateDiff
"""
_SYNTAX = frozenset(_SYNTAX_NAMES.split())
"""What sqlglot calls the parts of an expression that are no functions."""

FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
"""Functions of one row that always give the same value, by sqlglot's names."""

_BY_NAME = frozenset({"log1p", "expm1", "hour", "minute", "second"})
"""Functions of the same kind that sqlglot knows by their name alone."""

_SPARK = {
    DataType.STRING: "string",
    DataType.INT64: "bigint",
    DataType.FLOAT64: "double",
    DataType.BOOLEAN: "boolean",
    DataType.TIMESTAMP: "timestamp",
    DataType.DATE: "date",
}
_TABLE = "events"


@cache
def columns_of(expression: str, *, subject: str) -> frozenset[str]:
    """The columns that the expression names. `DefinitionError` where it is no expression, or says too much."""
    from sqlglot import exp

    tree = _parsed(expression, subject=subject)
    for node in tree.walk():
        kind = type(node).__name__
        by_name = isinstance(node, exp.Anonymous) and node.name.lower() in _BY_NAME
        if kind not in _SYNTAX | FUNCTIONS and not by_name:
            said = node.name.lower() if isinstance(node, exp.Anonymous) else kind
            raise DefinitionError(
                subject, expected="functions of one row that always give the same value", received=said
            )
        if isinstance(node, exp.Column) and len(node.parts) > 1:
            raise DefinitionError(subject, expected="plain column names", received=node.sql(dialect="spark"))
    return frozenset(column.name for column in tree.find_all(exp.Column))


def inferred_type(expression: str, types: Mapping[str, DataType], *, subject: str) -> DataType | None:
    """The type of the expression over columns of these types; `None` where that cannot be told without an engine."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    query = exp.select(exp.alias_(_parsed(expression, subject=subject), "value")).from_(_TABLE)
    schema: dict[str, object] = {_TABLE: {name: _SPARK[kind] for name, kind in types.items()}}
    try:
        qualified = qualify(query, schema=schema, dialect="spark")
        found = annotate_types(qualified, schema=schema, dialect="spark").selects[0].type
    except SqlglotError as error:
        raise DefinitionError(subject, expected="an SQL expression", received=str(error)) from error
    return _data_type(found)


def _parsed(expression: str, *, subject: str) -> Any:
    """The syntax tree of exactly one expression."""
    import sqlglot
    from sqlglot.errors import ErrorLevel, SqlglotError

    try:
        trees = sqlglot.parse(expression, dialect="spark", error_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        place: dict[str, Any] = next(iter(getattr(error, "errors", [])), {})
        reason = f"{expression!r}: {place.get('description', error)} at column {place.get('col', '?')}"
        raise DefinitionError(subject, expected="an SQL expression", received=reason) from error
    if len(trees) != 1 or trees[0] is None:
        raise DefinitionError(subject, expected="one SQL expression", received=expression)
    return trees[0]


def _data_type(found: Any) -> DataType | None:
    from sqlglot import exp

    groups = (
        (exp.DataType.INTEGER_TYPES, DataType.INT64),
        (exp.DataType.REAL_TYPES, DataType.FLOAT64),
        (exp.DataType.TEXT_TYPES, DataType.STRING),
        ({exp.DataType.Type.BOOLEAN}, DataType.BOOLEAN),
        ({exp.DataType.Type.DATE}, DataType.DATE),
        ({exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ}, DataType.TIMESTAMP),
    )
    return next((kind for members, kind in groups if found is not None and found.this in members), None)
