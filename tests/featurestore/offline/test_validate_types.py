"""Which texts are values of a type, and which value."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from featurestore.definitions.schema import DataType, Field, Schema
from featurestore.offline.raw_rows import COORDINATES
from featurestore.offline.validate import REJECTION, validate
from tests.helpers.raw_rows import raw_texts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

INT, FLOAT, BOOL, STAMP, DAY = (
    DataType.INT64,
    DataType.FLOAT64,
    DataType.BOOLEAN,
    DataType.TIMESTAMP,
    DataType.DATE,
)
TEXTS: list[tuple[DataType, str, str | None]] = [
    # type, text, what becomes of it (as Spark prints it); none: of the wrong type
    (INT, "5", "5"),
    (INT, "-5", "-5"),
    (INT, "+5", "5"),
    (INT, "007", "7"),
    (INT, "1.0", "1"),
    (INT, "1.00", "1"),
    (INT, "1.0E7", "10000000"),
    (INT, "1.5E1", "15"),
    (INT, "1e3", "1000"),
    (INT, "1.5", None),
    (INT, "1.23E1", None),
    (INT, "9.007199254740992E15", None),
    (INT, "9223372036854775807", "9223372036854775807"),
    (INT, "9223372036854775808", None),
    (INT, "12345678901234567890123", None),
    (INT, "5\n", None),
    (INT, " 5", None),
    (INT, "0x10", None),
    (INT, "\u0665", None),
    (INT, "true", None),
    (FLOAT, "0.1", "0.1"),
    (FLOAT, "-.5", "-0.5"),
    (FLOAT, "5.", "5.0"),
    (FLOAT, "1e308", "1.0E308"),
    (FLOAT, "1e400", None),
    (FLOAT, "1e-400", "0.0"),
    (FLOAT, "NaN", None),
    (FLOAT, "Infinity", None),
    (FLOAT, "1,5", None),
    (FLOAT, "1.5d", None),
    (BOOL, "TRUE", "true"),
    (BOOL, "False", "false"),
    (BOOL, "yes", None),
    (BOOL, "0", None),
    (DAY, "2024-02-29", "2024-02-29"),
    (DAY, "2023-02-29", None),
    (DAY, "2024-2-9", None),
    (DAY, "2024-02-29T00:00:00Z", None),
    (STAMP, "2024-03-01T10:00:00Z", "2024-03-01 10:00:00"),
    (STAMP, "2024-03-01 10:00Z", "2024-03-01 10:00:00"),
    (STAMP, "2024-03-01T10:00:00+01:00", "2024-03-01 09:00:00"),
    (STAMP, "2024-03-01T10:00:00-0530", "2024-03-01 15:30:00"),
    (STAMP, "2024-03-01T10:00:00.123456Z", "2024-03-01 10:00:00.123456"),
    (STAMP, "2024-03-01T10:00:00.123456000Z", "2024-03-01 10:00:00.123456"),
    (STAMP, "2024-03-01T10:00:00.1234567Z", None),
    (STAMP, "2024-03-01T25:00:00Z", None),
    (STAMP, "2024-02-30T10:00:00Z", None),
    (STAMP, "2024-03-01T10:00:00", None),
    (STAMP, "2024-03-01", None),
    (STAMP, "1709287200", None),
    (STAMP, "2024-03-01T10:00:00 Europe/Berlin", None),
]


@pytest.fixture(scope="module")
def typed(spark: SparkSession) -> list[str | None]:
    """What each text of `TEXTS` becomes, printed by Spark; `!` and a reason for a row that is rejected."""
    schema = Schema(fields=tuple(Field(name=kind.value, data_type=kind, required=False) for kind in DataType))
    texts = raw_texts(spark, schema.names, [{kind.value: text} for kind, text, _ in TEXTS])
    rows = validate(texts, schema, timezone=None).orderBy(COORDINATES)
    printed = F.coalesce(*(F.col(kind.value).cast("string") for kind in DataType))
    rejected = F.concat(F.lit("!"), F.col(f"{REJECTION}.reason"))
    return [row["out"] for row in rows.select(F.coalesce(rejected, printed).alias("out")).collect()]


@pytest.mark.parametrize("number", range(len(TEXTS)), ids=[f"{k.value} {t!r}" for k, t, _ in TEXTS])
def test_a_text_is_taken_without_loss_or_not_at_all(typed: list[str], number: int) -> None:
    assert typed[number] == (TEXTS[number][2] or "!type")


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("UTC", "2024-03-01T10:00:00", datetime(2024, 3, 1, 10, tzinfo=timezone.utc)),
        ("Europe/Berlin", "2024-03-01 10:00:00", datetime(2024, 3, 1, 9, tzinfo=timezone.utc)),
        ("Europe/Berlin", "2024-07-01 10:00:00", datetime(2024, 7, 1, 8, tzinfo=timezone.utc)),
        # Skipped on this night and repeated on that: read with the offset before the change.
        ("Europe/Berlin", "2024-03-31 02:30:00", datetime(2024, 3, 31, 1, 30, tzinfo=timezone.utc)),
        ("Europe/Berlin", "2024-10-27 02:30:00", datetime(2024, 10, 27, 0, 30, tzinfo=timezone.utc)),
        ("Europe/Berlin", "2024-07-01T10:00:00Z", datetime(2024, 7, 1, 10, tzinfo=timezone.utc)),
    ],
)
def test_a_time_without_zone_is_read_in_the_declared_one(
    spark: SparkSession, zone: str, text: str, expected: datetime
) -> None:
    schema = Schema(fields=(Field(name="at", data_type=STAMP),))
    validated = validate(raw_texts(spark, ["at"], [{"at": text}]), schema, timezone=zone)

    (row,) = validated.select(F.unix_micros("at").alias("at"), REJECTION).collect()

    assert (row["at"], row[REJECTION]) == (int(expected.timestamp()) * 1_000_000, None)
