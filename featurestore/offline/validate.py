"""The contract at work: raw rows become typed rows, each accepted or rejected with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.definitions.schema import DataType, Field, OnUnknown, OnViolation, Schema
from featurestore.offline.raw_rows import COORDINATES, FIELDS, MALFORMED, POSITION, RAW, UNKNOWN
from featurestore.offline.spark_types import SPARK_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

REJECTION = "_rejection"
"""Null for accepted rows; else struct(reason, field, message, fatal)."""
DEFAULTED = "_defaulted"
"""How many fields of the row took their default because they broke a rule."""

MALFORMED_ROW = "malformed"
UNKNOWN_FIELD = "unknown_field"
REASONS = (MALFORMED_ROW, UNKNOWN_FIELD, "missing", "type", "range", "set", "pattern")

# `\z` and not `$`, which in Java also matches in front of a last line break.
_INTEGER = r"^[+-]?[0-9]+\z"
_WHOLE = r"^[+-]?[0-9]+\.0+\z"
_SCIENTIFIC = r"^[+-]?[0-9]+(\.[0-9]+)?[eE][+]?[0-9]+\z"
_FLOAT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6}0*)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?\z"
)
_TO_MINUTES = len("2024-03-01T10:00")
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
_EXACT_BELOW = 2.0**53
"""Below it a double holds every integer."""


def validate(raw: DataFrame, schema: Schema, *, timezone: str | None) -> DataFrame:
    """Typed columns of every declared field, with `rejection` and `defaulted` beside the raw columns.

    Fields are judged in declared order and a row is rejected for its first violation; one that must fail the
    run goes before one that only rejects. `timezone` is the zone of times that come without one; without it
    such a time is of the wrong type. `position` and `raw` are kept for rejected rows only.
    """
    types = raw.schema[FIELDS].dataType
    assert isinstance(types, T.StructType)  # noqa: S101 - for the type checker
    # One projection a stage: a column at a time would have Spark analyse the whole plan for each field.
    typed = raw.withColumns(
        {
            f"_value_{field.name}": _typed(
                _given(field), types[field.name].dataType, field.data_type, timezone
            )
            for field in schema.fields
        }
    )
    judged = typed.withColumns({f"_broken_{field.name}": _broken(field, timezone) for field in schema.fields})
    defaulted = [
        F.col(f"_broken_{field.name}").isNotNull().cast("int")
        for field in schema.fields
        if field.on_violation is OnViolation.DEFAULT
    ]
    return judged.withColumn(REJECTION, _rejection(_charges(schema, types))).select(
        COORDINATES,
        *(F.when(F.col(REJECTION).isNotNull(), F.col(name)).alias(name) for name in (POSITION, RAW)),
        UNKNOWN,
        REJECTION,
        sum(defaulted, F.lit(0)).alias(DEFAULTED),
        *(_value_or_default(field).alias(field.name) for field in schema.fields),
    )


def _given(field: Field) -> Column:
    return F.col(f"{FIELDS}.`{field.name}`")


def _broken(field: Field, timezone: str | None) -> Column:
    """The name of the first rule that the field breaks, or null."""
    given, value = _given(field), F.col(f"_value_{field.name}")
    missing = F.when(given.isNull(), F.lit("missing")) if field.required else F.lit(None).cast("string")
    rules = [missing, F.when(given.isNotNull() & value.isNull(), F.lit("type"))]
    if field.minimum is not None:
        rules.append(F.when(value < F.lit(field.minimum), F.lit("range")))
    if field.maximum is not None:
        rules.append(F.when(value > F.lit(field.maximum), F.lit("range")))
    if field.allowed:
        rules.append(F.when(~value.isin(*_allowed(field, timezone)), F.lit("set")))
    if field.pattern is not None:
        rules.append(F.when(~value.rlike(f"\\A(?:{field.pattern})\\z"), F.lit("pattern")))
    return F.coalesce(*rules)


def _typed(given: Column, kind: T.DataType, wanted: DataType, timezone: str | None) -> Column:
    """The value without loss, or null where that cannot be."""
    if kind == SPARK_TYPES[wanted] and wanted is not DataType.FLOAT64:
        return given
    if isinstance(kind, T.ByteType | T.ShortType | T.IntegerType) and wanted is DataType.INT64:
        return given.cast("bigint")
    if isinstance(kind, T.FloatType | T.DoubleType) and wanted is DataType.FLOAT64:
        number = given.cast("double")
        return F.when(~F.isnan(number) & (F.abs(number) != F.lit(float("inf"))), number)
    text = given if isinstance(kind, T.StringType) else given.cast("string")
    return _from_text(text, wanted, timezone)


def _from_text(text: Column, wanted: DataType, timezone: str | None) -> Column:
    if wanted is DataType.STRING:
        return text
    if wanted is DataType.INT64:
        return _integer(text)
    if wanted is DataType.FLOAT64:
        number = text.cast("double")
        return F.when(text.rlike(_FLOAT) & (F.abs(number) != F.lit(float("inf"))), number)
    if wanted is DataType.BOOLEAN:
        return F.when(F.lower(text).isin("true", "false"), F.lower(text) == "true")
    if wanted is DataType.DATE:
        return F.when(text.rlike(_DATE), text.cast("date"))
    return F.when(text.rlike(_TIME), _time(text, timezone))


def _time(text: Column, timezone: str | None) -> Column:
    """A time from a text that matches `_TIME`; null without a zone in the text or from the source."""
    zoned = text.endswith("Z") | F.substring(text, -6, 6).rlike("[+-]")
    # Spark's cast knows no zone behind a time without seconds.
    minutes, zone = F.substring(text, 1, _TO_MINUTES), F.substring(text, _TO_MINUTES + 1, 6)
    with_seconds = F.when(F.substring(zone, 1, 1) == ":", text).otherwise(
        F.concat(minutes, F.lit(":00"), zone)
    )
    return F.when(zoned, with_seconds.cast("timestamp")).otherwise(_local_time(text, timezone))


def _integer(text: Column) -> Column:
    """Integers as `7`, `7.0` or, as JSON readers write greater ones, `7.0E7`."""
    number = text.cast("double")
    exact = (F.abs(number) < F.lit(_EXACT_BELOW)) & (number == F.floor(number))
    return (
        F.when(text.rlike(_INTEGER), text.cast("bigint"))
        .when(text.rlike(_WHOLE), F.substring_index(text, ".", 1).cast("bigint"))
        .when(text.rlike(_SCIENTIFIC) & exact, number.cast("bigint"))
    )


def _local_time(text: Column, timezone: str | None) -> Column:
    """A time without zone, read in the source's; null where the source declares none.

    A time that a clock change skips or repeats is read with the offset before the change.
    """
    if timezone is None:
        return F.lit(None).cast("timestamp")
    as_utc = text.cast("timestamp")
    return as_utc if timezone == "UTC" else F.to_utc_timestamp(as_utc, timezone)


def _allowed(field: Field, timezone: str | None) -> list[Column]:
    return [_literal(field, value, timezone) for value in field.allowed]


def _literal(field: Field, value: object, timezone: str | None) -> Column:
    if field.data_type in (DataType.TIMESTAMP, DataType.DATE):
        return _from_text(F.lit(value), field.data_type, timezone or "UTC")
    return F.lit(value).cast(SPARK_TYPES[field.data_type])


def _value_or_default(field: Field) -> Column:
    value = F.col(f"_value_{field.name}")
    if field.default is None:
        return value
    default = _literal(field, field.default, None)
    if field.on_violation is OnViolation.DEFAULT:
        return F.when(F.col(f"_broken_{field.name}").isNotNull(), default).otherwise(
            F.coalesce(value, default)
        )
    return F.coalesce(value, default)


@dataclass(frozen=True, kw_only=True)
class _Charge:
    """One thing a row can be rejected for; `reason` is null where it is not."""

    reason: Column
    field: str
    expected: str
    received: Column
    fatal: bool


def _charges(schema: Schema, types: T.StructType) -> list[_Charge]:
    """All charges in the order in which they count: not a record, then fatal ones, then the others."""
    malformed = _Charge(
        reason=F.when(F.col(MALFORMED), F.lit(MALFORMED_ROW)),
        field="",
        expected="one whole record",
        received=F.lit("something else"),
        fatal=False,
    )
    fields = [
        _Charge(
            reason=F.col(f"_broken_{field.name}"),
            field=field.name,
            expected=_expectation(field),
            received=_shown(_given(field), types[field.name].dataType),
            fatal=field.on_violation is OnViolation.FAIL,
        )
        for field in schema.fields
        if field.on_violation is not OnViolation.DEFAULT
    ]
    if schema.on_unknown is OnUnknown.FAIL:
        names = F.array_join(F.array_sort(F.map_keys(UNKNOWN)), ", ")
        unknown = _Charge(
            reason=F.when(F.col(UNKNOWN).isNotNull(), F.lit(UNKNOWN_FIELD)),
            field="",
            expected="only declared fields",
            received=F.concat(F.lit("also "), names),
            fatal=True,
        )
        fields.insert(0, unknown)
    return [malformed, *sorted(fields, key=lambda charge: not charge.fatal)]


def _shown(given: Column, kind: T.DataType) -> Column:
    return F.substring(given if isinstance(kind, T.StringType) else given.cast("string"), 1, 100)


def _rejection(charges: list[_Charge]) -> Column:
    """The first charge that holds, or null. Its number is found first, so that each charge is written once."""
    number = F.coalesce(*(F.when(one.reason.isNotNull(), F.lit(i)) for i, one in enumerate(charges, 1)))
    received = F.element_at(F.array(*(one.received for one in charges)), number)
    expected = F.element_at(_texts(f"expected {one.expected}, got " for one in charges), number)
    parts = F.struct(
        F.element_at(F.array(*(one.reason for one in charges)), number).alias("reason"),
        F.element_at(_texts(one.field for one in charges), number).alias("field"),
        F.concat(expected, F.coalesce(received, F.lit("nothing"))).alias("message"),
        F.element_at(F.array(*(F.lit(one.fatal) for one in charges)), number).alias("fatal"),
    )
    return F.when(number.isNotNull(), parts)


def _texts(values: Iterable[str]) -> Column:
    return F.array(*(F.lit(value) for value in values))


def _expectation(field: Field) -> str:
    parts = [field.data_type.value]
    if field.minimum is not None:
        parts.append(f">= {field.minimum}")
    if field.maximum is not None:
        parts.append(f"<= {field.maximum}")
    if field.allowed:
        shown = ", ".join(str(value) for value in field.allowed[:5])
        parts.append(f"in {{{shown}{', ...' if len(field.allowed) > 5 else ''}}}")  # noqa: PLR2004 - five are enough
    if field.pattern is not None:
        parts.append(f"matching {field.pattern}")
    return " ".join(parts)
