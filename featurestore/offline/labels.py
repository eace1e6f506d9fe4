"""Label rows of a service: when it is asked about whom, and what came true afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from featurestore.offline.encoding import key_of
from featurestore.windows import micros

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureService, SessionEnds


def session_ends(events: DataFrame, spine: SessionEnds, *, only: tuple[str, str] | None = None) -> DataFrame:
    """One row per entity and session at its last event: keys, session, carried fields, `event_timestamp`.

    `events` are current. Events without an entity or session end none. With `only`, a field and the text of a value,
    those whose last event has it.
    """
    keys = [*spine.entity.join_keys, spine.session_field]
    whole = events.dropna(subset=keys)
    newest_first = Window.partitionBy(*keys).orderBy(
        F.col("event_timestamp").desc(), F.col("record_key").desc()
    )
    ranked = whole.withColumn("_rank", F.row_number().over(newest_first))
    last = ranked.where("_rank = 1")
    if only is not None:
        field, value = only
        last = last.where(F.col(field).cast("string") == F.lit(value))
    return last.select(*keys, *spine.carry, "event_timestamp")


def with_label(spine: DataFrame, events: DataFrame, service: FeatureService) -> DataFrame:
    """The rows with the label column: 1 where the entity has the event in `(t, t + horizon]`, else 0."""
    label = service.label
    keys = list(service.spine.entity.join_keys)
    happened = events.where(F.col(label.field) == F.lit(label.value)).dropna(subset=keys)
    moments = happened.select(
        key_of(happened, keys).alias("_key"),
        F.unix_micros("event_timestamp").alias("_time"),
        F.lit(1).alias("_hit"),
    )
    asked = spine.withColumn("_key", key_of(spine, keys)).withColumn(
        "_time", F.unix_micros("event_timestamp")
    )
    both = asked.unionByName(moments, allowMissingColumns=True)
    ahead = Window.partitionBy("_key").orderBy("_time").rangeBetween(1, micros(label.horizon))
    hits = F.coalesce(F.max("_hit").over(ahead), F.lit(0)).cast("int")
    counted = both.withColumn("_label", hits).where(F.col("_hit").isNull())
    return counted.select(*spine.columns, F.col("_label").alias(label.name))


def ripe(labels: DataFrame, service: FeatureService, *, newest_event_micros: int | None) -> DataFrame:
    """The rows whose whole horizon is at or before the newest event known."""
    if newest_event_micros is None:
        return labels.limit(0)
    end = F.unix_micros("event_timestamp") + micros(service.label.horizon)
    return labels.where(end <= F.lit(newest_event_micros))
