"""The contract at work: raw rows become typed rows, each accepted or rejected with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.definitions.schema import DataType, Field, OnUnknown, OnViolation, Schema
from featurestore.offline.raw_rows import COORDINATES, FIELDS, MALFORMED, POSITION, RAW, UNKNOWN
from featurestore.offline.spark_types import SPARK_TYPES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

REJECTION = "_rejection"
"""Null for accepted rows; else struct(reason, field, message, fatal)."""
DEFAULTED = "_defaulted"
"""How many fields of the row took their default because they broke a rule."""

MALFORMED_ROW = "malformed"
UNKNOWN_FIELD = "unknown_field"
REASONS = (MALFORMED_ROW, UNKNOWN_FIELD, "missing", "type", "range", "set", "pattern")

# `\z` and not `$`, which in Java also matches in front of a last line break.
_INTEGER = r"^[+-]?[0-9]+(\.0+)?\z"
_SCIENTIFIC = r"^[+-]?[0-9]+(\.[0-9]+)?[eE][+]?[0-9]+\z"
_FLOAT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?"
_WITHOUT_SECONDS = r"^(.{10}[ T][0-9]{2}:[0-9]{2})(Z|[+-].*)\z"
_ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
_EXACT_BELOW = 2.0**53
"""Below it a double holds every integer."""


def validate(raw: DataFrame, schema: Schema, *, timezone: str | None) -> DataFrame:
    """Typed columns of every declared field, with `rejection` and `defaulted` beside the raw columns.

    Fields are judged in declared order and a row is rejected for its first violation; one that must fail the
    run goes before one that only rejects. `timezone` is the zone of times that come without one; without it
    such a time is of the wrong type. `raw` is kept for rejected rows only.
    """
    types = raw.schema[FIELDS].dataType
    assert isinstance(types, T.StructType)  # noqa: S101 - for the type checker
    judged = raw
    violations: list[Column] = []
    defaults: list[Column] = []
    for field in schema.fields:
        value, violation = _judge(field, types[field.name].dataType, timezone)
        judged = judged.withColumn(f"_value_{field.name}", value).withColumn(
            f"_broken_{field.name}", violation
        )
        broken = F.col(f"_broken_{field.name}")
        if field.on_violation is OnViolation.DEFAULT:
            defaults.append(broken.isNotNull().cast("int"))
        else:
            violations.append(_rejection(field, broken, types[field.name].dataType))
    rejection = _first(_row_rejections(schema) + violations)
    return judged.withColumn(REJECTION, rejection).select(
        COORDINATES,
        POSITION,
        F.when(F.col(REJECTION).isNotNull(), F.col(RAW)).alias(RAW),
        UNKNOWN,
        REJECTION,
        sum(defaults, F.lit(0)).alias(DEFAULTED),
        *(_value_or_default(field).alias(field.name) for field in schema.fields),
    )


def _judge(field: Field, kind: T.DataType, timezone: str | None) -> tuple[Column, Column]:
    """The typed value, and the first broken rule's name or null."""
    given = F.col(f"{FIELDS}.`{field.name}`")
    value = _typed(given, kind, field.data_type, timezone)
    missing = F.when(given.isNull(), F.lit("missing")) if field.required else F.when(F.lit(False), F.lit(""))
    rules = [missing, F.when(given.isNotNull() & value.isNull(), F.lit("type"))]
    if field.minimum is not None:
        rules.append(F.when(value < F.lit(field.minimum), F.lit("range")))
    if field.maximum is not None:
        rules.append(F.when(value > F.lit(field.maximum), F.lit("range")))
    if field.allowed:
        rules.append(F.when(~value.isin(*_allowed(field, timezone)), F.lit("set")))
    if field.pattern is not None:
        rules.append(F.when(~value.rlike(f"\\A(?:{field.pattern})\\z"), F.lit("pattern")))
    return value, F.coalesce(*rules)


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
    with_seconds = F.regexp_replace(text, _WITHOUT_SECONDS, "$1:00$2")  # Spark's cast knows no zone without
    zoned = F.when(text.rlike(_TIME + _ZONE + r"\z"), with_seconds.cast("timestamp"))
    return F.coalesce(zoned, F.when(text.rlike(_TIME + r"\z"), _local_time(text, timezone)))


def _integer(text: Column) -> Column:
    """Integers as `7`, `7.0` or, as JSON readers write greater ones, `7.0E7`."""
    plain = F.when(text.rlike(_INTEGER), F.regexp_replace(text, r"\.0+$", "").cast("bigint"))
    number = text.cast("double")
    exact = (F.abs(number) < F.lit(_EXACT_BELOW)) & (number == F.floor(number))
    return F.coalesce(plain, F.when(text.rlike(_SCIENTIFIC) & exact, number.cast("bigint")))


def _local_time(text: Column, timezone: str | None) -> Column:
    """A time without zone, read in the source's; null where the source declares none.

    A time that a clock change skips or repeats is read with the offset before the change.
    """
    if timezone is None:
        return F.lit(None).cast("timestamp")
    return F.to_utc_timestamp(text.cast("timestamp"), timezone)


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


def _rejection(field: Field, broken: Column, kind: T.DataType) -> Column:
    given = F.col(f"{FIELDS}.`{field.name}`")
    shown = F.substring((given if isinstance(kind, T.StringType) else given.cast("string")), 1, 100)
    expected = F.concat(F.lit(f"expected {_expectation(field)}, got "), F.coalesce(shown, F.lit("nothing")))
    fatal = field.on_violation is OnViolation.FAIL
    return _struct(broken.isNotNull(), broken, field.name, expected, fatal=fatal)


def _row_rejections(schema: Schema) -> list[Column]:
    message = F.lit("expected one whole record, got something else")
    found = [_struct(F.col(MALFORMED), F.lit(MALFORMED_ROW), "", message, fatal=False)]
    if schema.on_unknown is OnUnknown.FAIL:
        names = F.array_join(F.array_sort(F.map_keys(UNKNOWN)), ", ")
        told = F.concat(F.lit("expected only declared fields, got also "), names)
        found.append(_struct(F.col(UNKNOWN).isNotNull(), F.lit(UNKNOWN_FIELD), "", told, fatal=True))
    return found


def _struct(condition: Column, reason: Column, field: str, message: Column, *, fatal: bool) -> Column:
    parts = F.struct(
        reason.alias("reason"),
        F.lit(field).alias("field"),
        message.alias("message"),
        F.lit(fatal).alias("fatal"),
    )
    return F.when(condition, parts)


def _first(rejections: list[Column]) -> Column:
    """The first fatal rejection, else the first; a malformed row has no fields that could be judged."""
    fatal = [F.when(rejection["fatal"], rejection) for rejection in rejections]
    return F.when(F.col(MALFORMED), rejections[0]).otherwise(F.coalesce(*fatal, *rejections))


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
