"""Derived columns: SQL expressions over one row, checked when they are defined; and the usual ones by name."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from featurestore.definitions.base import Definition, checked_name, unique
from featurestore.definitions.expressions import columns_of, inferred_type
from featurestore.definitions.schema import DataType
from featurestore.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class DerivedColumn(Definition, frozen=True, kw_only=True):
    """A column computed from others of the same row, by one Spark SQL expression.

    The expression may use arithmetic, comparisons, `case`, `cast` and functions of one row that always give the
    same value (`expressions.FUNCTIONS` lists them); no aggregate, no window, no clock, nothing random. Its value
    must be of `data_type`, integers and decimals widening to float64. A null in gives what SQL says, mostly null.
    """

    name: str
    expression: str
    data_type: DataType

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_name(f"Derived column {self.name!r}", self.name)
        columns_of(self.expression, subject=f"Derived column {self.name!r}")

    @property
    def uses(self) -> frozenset[str]:
        """The columns that the expression names."""
        return columns_of(self.expression, subject=f"Derived column {self.name!r}")


def check_derived(subject: str, columns: Sequence[DerivedColumn], known: Mapping[str, DataType]) -> None:
    """Each column may use those of `known` and the derived ones before it; `DefinitionError` says which does not."""
    unique(subject, [*known, *(column.name for column in columns)])
    types = dict(known)
    for column in columns:
        where = f"{subject}, {column.name!r}"
        missing = sorted(column.uses - set(types))
        if missing:
            raise DefinitionError(
                where, expected=f"columns among {', '.join(types)}", received=", ".join(missing)
            )
        found = inferred_type(column.expression, types, subject=where)
        widened = found is DataType.INT64 and column.data_type is DataType.FLOAT64
        if found is not None and found is not column.data_type and not widened:
            raise DefinitionError(
                where, expected=f"an expression of type {column.data_type.value}", received=found.value
            )
        types[column.name] = column.data_type


def fill_missing(column: str, value: float | str | bool) -> str:
    """The column, and where it is null this constant."""
    return f"coalesce({_part(column)}, {_literal(value)})"


def first_known(*columns: str) -> str:
    """The first of the columns that is not null, such as a last value and then a mean over a longer window."""
    return f"coalesce({', '.join(columns)})"


def clip(column: str, lower: float, upper: float) -> str:
    """The column, moved to the nearest of the two bounds where it lies outside; null stays null."""
    if lower > upper:
        raise DefinitionError(f"clip({column})", expected="lower <= upper", received=f"{lower} > {upper}")
    column = _part(column)
    inside = f"least(greatest({column}, {_literal(lower)}), {_literal(upper)})"
    return f"case when {column} is not null then {inside} end"  # least and greatest pass nulls by


def log_scale(column: str) -> str:
    """`sign(x) * ln(1 + |x|)`: draws a long tail in, keeps 0, works for negative numbers."""
    column = _part(column)
    return f"sign({column}) * ln(1 + abs({column}))"


def quantile_scale(column: str, boundaries: Sequence[float]) -> str:
    """Where the column lies among these ascending quantiles, from 0 to 1, in straight lines between them.

    The boundaries are part of the definition: computed from data each time, old rows would change with new ones.
    """
    pairs = list(itertools.pairwise(boundaries))
    if not pairs or any(low >= high for low, high in pairs):
        expected = "two or more ascending boundaries"
        raise DefinitionError(f"quantile_scale({column})", expected=expected, received=list(boundaries))
    column = _part(column)
    steps = [f"when {column} <= {_literal(boundaries[0])} then {_literal(0.0)}"]
    for place, (low, high) in enumerate(pairs):
        share = f"({column} - {_literal(low)}) / {_literal(float(high - low))}"
        value = f"({_literal(float(place))} + {share}) / {_literal(float(len(pairs)))}"
        steps.append(f"when {column} < {_literal(high)} then {value}")
    return f"case {' '.join(steps)} when {column} is not null then {_literal(1.0)} end"


def _part(column: str) -> str:
    """A column as a part of a longer expression."""
    return column if column.isidentifier() else f"({column})"


def _literal(value: float | str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    # With an exponent it is a double; without one Spark would take 0.1 as a decimal.
    return str(value) if isinstance(value, int) else f"{value!r}{'' if 'e' in repr(value) else 'e0'}"
