"""A view's features over time: what held at evenly spaced moments, of each entity or over all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.definitions.features import AggregationFunction
from featurestore.offline.encoding import key_of
from featurestore.offline.point_in_time import JoinedView, point_in_time_join
from featurestore.windows import micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from featurestore.definitions.features import Aggregation, FeatureView

MOST_MOMENTS = 60
MOST_LINES = 20
"""Up to so many entities have a line each; more are drawn as mean and upper tenth."""
MOST_ENTITIES = 2_000
"""Of more entities so many are looked at, chosen by a hash of their keys, the same each time."""
MOST_FEATURES = 4

_STEPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
    timedelta(days=365),
)
_NUMERIC = {
    AggregationFunction.COUNT,
    AggregationFunction.SUM,
    AggregationFunction.MEAN,
    AggregationFunction.DISTINCT_COUNT,
}


@dataclass(frozen=True, kw_only=True)
class Series:
    """One feature at each moment, a line an entity (named by its keys) or two lines over all entities.

    A value is None where the feature was null or the entity not known yet.
    """

    feature: str
    lines: dict[str, tuple[float | None, ...]]


@dataclass(frozen=True, kw_only=True)
class ViewSeries:
    """Features of one view at the same moments (UTC, microseconds since 1970), oldest first."""

    view: str
    moments: tuple[int, ...]
    entities: int
    looked_at: int
    summary: bool
    """Whether the lines are those over all entities."""
    series: tuple[Series, ...]


def moments_between(first: int, last: int) -> tuple[timedelta, tuple[int, ...]]:
    """The step, and moments a step apart that end at `last` and begin before one step after `first`."""
    step = next((one for one in _STEPS if (last - first) / micros(one) < MOST_MOMENTS), _STEPS[-1])
    number = min(int((last - first) / micros(step)) + 1, MOST_MOMENTS)
    return step, tuple(last - place * micros(step) for place in reversed(range(number)))


def features_to_show(view: FeatureView, step: timedelta) -> tuple[str, ...]:
    """Up to four numeric features, of the window that is nearest to the step: each event then shows about once."""

    def distance(aggregation: Aggregation) -> float:
        return abs(math.log(aggregation.window / step))

    numeric = [one for one in view.aggregations if one.function in _NUMERIC]
    if not numeric:
        return ()
    nearest = min(numeric, key=distance).window
    return tuple(one.name for one in numeric if one.window == nearest)[:MOST_FEATURES]


def view_series(
    spark: SparkSession,
    rows: DataFrame,
    view: FeatureView,
    *,
    features: Sequence[str],
    moments: Sequence[int],
) -> ViewSeries:
    """What held at each moment. `rows` are the view's standing rows, those that say how windows empty included."""
    keys = list(view.entity.join_keys)
    known = rows.select(*(F.col(f"`{key}`") for key in keys)).distinct()
    entities = known.count()
    some = known.orderBy(F.xxhash64(key_of(known, keys))).limit(MOST_ENTITIES)
    times = spark.createDataFrame([(moment,) for moment in moments], "moment bigint").select(
        F.timestamp_micros("moment").alias("event_timestamp")
    )
    asked = some.crossJoin(F.broadcast(times))
    held = point_in_time_join(
        asked, [JoinedView(rows=rows, keys=keys, columns={name: name for name in features})]
    )
    summary = entities > MOST_LINES
    lines = _over_all(held, features) if summary else _by_entity(held, keys, features)
    return ViewSeries(
        view=view.name,
        moments=tuple(moments),
        entities=entities,
        looked_at=min(entities, MOST_ENTITIES),
        summary=summary,
        series=tuple(Series(feature=name, lines=_lines(lines, name, moments)) for name in features),
    )


Found = list[tuple[int, dict[str, dict[str, float | None]]]]
"""Moment, and for each feature its value by line."""


def _by_entity(held: DataFrame, keys: Sequence[str], features: Sequence[str]) -> Found:
    named = held.select(
        F.concat_ws(", ", *(F.col(f"`{key}`").cast("string") for key in keys)).alias("line"),
        F.unix_micros("event_timestamp").alias("moment"),
        *(F.col(f"`{feature}`").cast("double").alias(feature) for feature in features),
    )
    return [
        (row["moment"], {feature: {row["line"]: row[feature]} for feature in features})
        for row in named.collect()
    ]


def _over_all(held: DataFrame, features: Sequence[str]) -> Found:
    """Mean and 90th percentile over the entities that were known at the moment."""
    doubles = [F.col(f"`{feature}`").cast("double") for feature in features]
    summed = held.groupBy(F.unix_micros("event_timestamp").alias("moment")).agg(
        *(F.avg(double).alias(f"mean {place}") for place, double in enumerate(doubles)),
        *(F.percentile_approx(double, 0.9).alias(f"upper {place}") for place, double in enumerate(doubles)),
    )
    return [
        (
            row["moment"],
            {
                feature: {"mean": row[f"mean {place}"], "90th percentile": row[f"upper {place}"]}
                for place, feature in enumerate(features)
            },
        )
        for row in summed.collect()
    ]


def _lines(found: Found, feature: str, moments: Sequence[int]) -> dict[str, tuple[float | None, ...]]:
    """The feature's lines by name, a value for each moment."""
    values = {
        (line, moment): value for moment, by_feature in found for line, value in by_feature[feature].items()
    }
    names = sorted({line for line, _ in values})
    return {name: tuple(values.get((name, moment)) for moment in moments) for name in names}
