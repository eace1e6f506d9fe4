"""The contract of an event: for each field its type, its rules and what happens when one is broken."""

from __future__ import annotations

import re
import sys
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.definitions.base import Definition, checked_name, unique
from featurestore.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable


class DataType(Enum):
    """Types of fields and features, the same in every engine."""

    STRING = "string"
    INT64 = "int64"
    FLOAT64 = "float64"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    """Microseconds, UTC."""
    DATE = "date"


class OnViolation(Enum):
    """What a broken rule does."""

    FAIL = "fail"
    """Stops the run before anything is committed."""
    REJECT = "reject"
    """Sends the row to quarantine."""
    DEFAULT = "default"
    """Replaces the value by the field's default."""


class OnUnknown(Enum):
    """What a field that the schema does not name does."""

    FAIL = "fail"
    DROP = "drop"
    """The field is ignored and counted."""
    EVOLVE = "evolve"
    """The field becomes a nullable column of the table, as a new schema version."""


NUMBERS = (DataType.INT64, DataType.FLOAT64)
Scalar = str | int | float | bool


class Field(Definition, frozen=True, kw_only=True):
    """One field of an event.

    A value breaks the contract when it is missing though `required`, not of `data_type` without loss, below
    `minimum` or above `maximum` (both allowed themselves), outside `allowed`, or not matched as a whole by
    `pattern`. Null, absent and (in CSV) empty are all missing; rules other than `required` do not apply to
    them. A `default` keeps all rules.
    """

    name: str
    data_type: DataType
    required: bool = True
    default: Scalar | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    allowed: tuple[Scalar, ...] = ()
    pattern: str | None = None
    on_violation: OnViolation = OnViolation.REJECT

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"Field {self.name!r}"
        checked_name(subject, self.name)
        if self.on_violation is OnViolation.DEFAULT and self.default is None:
            raise DefinitionError(
                subject, expected="a default, because on_violation is default", received=None
            )
        if self.minimum is not None or self.maximum is not None:
            self._check_range(subject)
        self._check_types(subject)
        if self.pattern is not None:
            self._check_pattern(subject, self.pattern)
        if self.default is not None:
            self._check_default(subject, self.default)

    def _check_types(self, subject: str) -> None:
        """Of equal values one is kept: 1 and 1.0 are two in JSON."""
        given = [value for value in (self.default, self.minimum, self.maximum) if value is not None]
        for value in (*self.allowed, *given):
            if not _fits(value, self.data_type):
                raise DefinitionError(
                    subject, expected=f"values of type {self.data_type.value}", received=value
                )
        if self.data_type is DataType.FLOAT64:
            for name in ("default", "minimum", "maximum"):
                if (value := getattr(self, name)) is not None:
                    msgspec.structs.force_setattr(self, name, float(value) + 0.0)
            msgspec.structs.force_setattr(
                self, "allowed", tuple(float(value) + 0.0 for value in self.allowed)
            )

    def _check_range(self, subject: str) -> None:
        if self.data_type not in NUMBERS:
            raise DefinitionError(
                subject, expected="a number type for a range", received=self.data_type.value
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise DefinitionError(
                subject, expected="minimum <= maximum", received=f"{self.minimum} > {self.maximum}"
            )

    def _check_pattern(self, subject: str, pattern: str) -> None:
        if self.data_type is not DataType.STRING:
            raise DefinitionError(
                subject, expected="type string for a pattern", received=self.data_type.value
            )
        try:
            re.compile(pattern)
        except re.error as error:
            raise DefinitionError(subject, expected="a regular expression", received=pattern) from error

    def _check_default(self, subject: str, default: Any) -> None:
        keeps_rules = (
            (not self.allowed or default in self.allowed)
            and (self.minimum is None or default >= self.minimum)
            and (self.maximum is None or default <= self.maximum)
            and (self.pattern is None or re.fullmatch(self.pattern, default) is not None)
        )
        if not keeps_rules:
            raise DefinitionError(
                subject, expected="a default that keeps the field's rules", received=default
            )


class Schema(Definition, frozen=True, kw_only=True):
    """The fields of an event and what happens to fields it does not name."""

    fields: tuple[Field, ...]
    on_unknown: OnUnknown = OnUnknown.DROP

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.fields:
            raise DefinitionError("Schema", expected="at least one field", received="none")
        unique("Schema", list(self.names))

    @property
    def names(self) -> tuple[str, ...]:
        """Field names in declared order."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """The field of this name; `DefinitionError` lists the known ones."""
        for field in self.fields:
            if field.name == name:
                return field
        raise DefinitionError(f"Field {name!r}", expected=f"one of: {', '.join(self.names)}", received=name)


def _fits(value: Scalar, data_type: DataType) -> bool:
    """Whether a value can stand in a field; times and dates are given as ISO 8601 text."""
    if isinstance(value, bool):
        return data_type is DataType.BOOLEAN
    if isinstance(value, int) and data_type is DataType.INT64:
        return -(2**63) <= value < 2**63
    if isinstance(value, int | float):
        return data_type is DataType.FLOAT64 and abs(value) <= sys.float_info.max
    return data_type is DataType.STRING or (data_type in _READ and _can_be_read(value, _READ[data_type]))


def _can_be_read(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text.removesuffix("Z"))
    except ValueError:
        return False
    return True


_READ: dict[DataType, Callable[[str], object]] = {
    DataType.TIMESTAMP: datetime.fromisoformat,
    DataType.DATE: date.fromisoformat,
}
