"""The point-in-time join: each label row with what was true of its entity at its time, and nothing later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from featurestore.offline.encoding import key_of
from featurestore.windows import micros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from pyspark.sql import Column, DataFrame

ROW = "_label_row"
"""The position of a label row, which makes each one distinct; the join is by it and never by values."""


@dataclass(frozen=True, kw_only=True)
class JoinedView:
    """Feature rows of one view: `keys`, `event_timestamp`, `record_key`, perhaps `known_at`, and the features.

    `columns` maps feature names to the names they get. `lookback` is the greatest age of a row that counts, both
    ends included; none for windowed features, whose rows say themselves when a window has emptied.
    """

    rows: DataFrame
    keys: Sequence[str]
    columns: dict[str, str]
    lookback: timedelta | None = None


def point_in_time_join(labels: DataFrame, views: Sequence[JoinedView]) -> DataFrame:
    """Every label row exactly once, its columns untouched, with the features of all views.

    A label row at `t` takes, per view, the row with the same keys and the greatest `event_timestamp` in
    `[t - lookback, t]`; ties: greatest `known_at`, then greatest `record_key`. A null key part matches nothing.
    Where nothing fits the features are null. Labels need `event_timestamp`; column `_label_row` is added where
    it is missing and stays, for the caller to sort by or drop.

        labels: u1 10:05     rows: u1 10:00 a      result: u1 10:05 a
                u1 10:00           u1 10:05 b   ->         u1 10:00 a     (10:05 is b where both are equal)
                u2 10:00                                   u2 10:00 null
    """
    numbered = labels if ROW in labels.columns else with_row_numbers(labels)
    answers = (_answers(numbered, view) for view in views)
    return reduce(lambda joined, answer: joined.join(answer, ROW, "left"), answers, numbered).select(
        *(F.col(f"`{name}`") for name in numbered.columns),
        *(F.col(f"`{new}`") for view in views for new in view.columns.values()),
    )


def with_row_numbers(labels: DataFrame) -> DataFrame:
    """Labels with an increasing number each, in input order where the input has one; computed once, now.

    The numbers follow partitions, so rows computed a second time could get others: the plan ends here, and a
    lost copy is an error.
    """
    return labels.withColumn(ROW, F.monotonically_increasing_id()).localCheckpoint(eager=True)


def _answers(labels: DataFrame, view: JoinedView) -> DataFrame:
    """The features of one view by label row; rows with a null key part are absent.

    One pass over labels and rows of a key together, oldest first: each label sees the newest row before it.
    """
    rows = _as_candidates(view)
    asked = _as_questions(labels, view, rows)
    order = ("_time", "_is_label", "_known_at", "_record_key")
    so_far = (
        Window.partitionBy("_key").orderBy(*order).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    newest = F.last("_candidate", ignorenulls=True).over(so_far)
    found = rows.unionByName(asked).withColumn("_found", newest).where("_is_label = 1")
    if view.lookback is not None:
        fresh = F.col("_found.time") >= F.col("_time") - micros(view.lookback)
        found = found.withColumn("_found", F.when(fresh, F.col("_found")))
    features = [F.col(f"_found.values.`{name}`").alias(new) for name, new in view.columns.items()]
    return found.select(ROW, *features)


def _as_candidates(view: JoinedView) -> DataFrame:
    known_at = F.unix_micros("known_at") if "known_at" in view.rows.columns else F.lit(None).cast("bigint")
    time = F.unix_micros("event_timestamp")
    values = F.struct(*(F.col(f"`{name}`") for name in view.columns))
    return _with_whole_key(view.rows, view).select(
        key_of(view.rows, view.keys).alias("_key"),
        time.alias("_time"),
        F.lit(0).alias("_is_label"),
        known_at.alias("_known_at"),
        F.col("record_key").alias("_record_key"),
        F.lit(None).cast("bigint").alias(ROW),
        F.struct(time.alias("time"), values.alias("values")).alias("_candidate"),
    )


def _as_questions(labels: DataFrame, view: JoinedView, rows: DataFrame) -> DataFrame:
    return _with_whole_key(labels, view).select(
        key_of(labels, view.keys).alias("_key"),
        F.unix_micros("event_timestamp").alias("_time"),
        F.lit(1).alias("_is_label"),
        F.lit(None).cast("bigint").alias("_known_at"),
        F.lit(None).cast("string").alias("_record_key"),
        F.col(ROW).cast("bigint").alias(ROW),
        F.lit(None).cast(rows.schema["_candidate"].dataType).alias("_candidate"),
    )


def _with_whole_key(rows: DataFrame, view: JoinedView) -> DataFrame:
    whole: Column = reduce(
        lambda left, right: left & right, (F.col(f"`{key}`").isNotNull() for key in view.keys)
    )
    return rows.where(whole)
