"""Rows with the verdict of their contract, and how many there are of each verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.errors import ContractViolation
from featurestore.offline.events import ROW
from featurestore.offline.raw_rows import COORDINATES, POSITION, UNKNOWN
from featurestore.offline.validate import DEFAULTED, REJECTION, validate
from featurestore.step_reports import RejectedCount

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.definitions.schema import Schema
    from featurestore.definitions.sources import Source


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What validation found."""

    read: int
    rejected: int
    defaulted: int
    rejections: tuple[RejectedCount, ...]
    fatal: tuple[RejectedCount, ...]
    unknown_fields: dict[str, int]

    @property
    def rejected_fraction(self) -> float:
        """The part of the rows that is rejected, from 0 to 1; 0 of no rows."""
        return self.rejected / self.read if self.read else 0.0


def judged(raw: DataFrame, source: Source, schema: Schema) -> DataFrame:
    """The raw rows, each with its verdict and a number; coordinates of accepted rows only where they are the key."""
    rows = validate(raw, schema, timezone=source.timezone)
    if source.event_id:
        rows = rows.withColumn(COORDINATES, F.when(F.col(REJECTION).isNotNull(), F.col(COORDINATES)))
    return rows.withColumn(ROW, F.monotonically_increasing_id())


def count_judged(validated: DataFrame) -> Counts:
    """How many rows there are of each verdict; one pass over the rows, two where some have unknown fields."""
    example = F.min(F.struct(F.col(POSITION).alias("position"), f"{REJECTION}.message"))
    groups = (
        validated.groupBy(f"{REJECTION}.reason", f"{REJECTION}.field", f"{REJECTION}.fatal")
        .agg(
            F.count("*").alias("rows"),
            F.sum(DEFAULTED).alias("defaulted"),
            F.count(UNKNOWN).alias("strange"),
            example.alias("example"),
        )
        .orderBy("reason", "field")
        .collect()
    )
    counted = [
        (
            bool(row["fatal"]),
            RejectedCount(
                reason=row["reason"],
                field=row["field"],
                rows=row["rows"],
                example=f"{row['example']['position']}: {row['example']['message']}",
            ),
        )
        for row in groups
        if row["reason"] is not None
    ]
    return Counts(
        read=sum(row["rows"] for row in groups),
        rejected=sum(one.rows for _, one in counted),
        defaulted=sum(row["defaulted"] or 0 for row in groups if row["reason"] is None),
        rejections=tuple(one for _, one in counted),
        fatal=tuple(one for fatal, one in counted if fatal),
        unknown_fields=_unknown_fields(validated) if any(row["strange"] for row in groups) else {},
    )


def _unknown_fields(validated: DataFrame) -> dict[str, int]:
    names = validated.where(F.col(UNKNOWN).isNotNull()).select(F.explode(F.map_keys(UNKNOWN)).alias("name"))
    return {row["name"]: row["count"] for row in names.groupBy("name").count().orderBy("name").collect()}


def fail_on_fatal(source: Source, counts: Counts) -> None:
    """Raises `ContractViolation` for the first rule broken whose answer is `fail`."""
    for one in counts.fatal:
        raise ContractViolation(
            source.name, reason=one.reason, field=one.field, rows=one.rows, example=one.example
        )
