"""Features at evenly spaced moments."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.definitions import Aggregation, Entity, FeatureView
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.instants import to_micros
from featurestore.offline.feature_series import (
    MOST_LINES,
    MOST_MOMENTS,
    features_to_show,
    moments_between,
    view_series,
)
from featurestore.windows import micros

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
VIEW = FeatureView(
    name="pages",
    entity=Entity(name="page", join_keys=("page",)),
    source="visits",
    aggregations=(
        Aggregation(function=Function.COUNT, window=HOUR),
        Aggregation(function=Function.COUNT, window=WEEK),
        Aggregation(function=Function.LAST, window=WEEK, field="user"),
        Aggregation(function=Function.DISTINCT_COUNT, window=WEEK, field="user"),
    ),
)


@given(st.integers(0, 10**12), st.integers(0, 10**15))
def test_moments_are_few_a_step_apart_and_end_at_the_last(first: int, length: int) -> None:
    step, moments = moments_between(first, first + length)

    assert moments[-1] == first + length
    assert 1 <= len(moments) <= MOST_MOMENTS
    assert {later - earlier for earlier, later in pairwise(moments)} <= {micros(step)}


def test_half_a_year_is_drawn_by_weeks_and_a_day_by_hours() -> None:
    start = to_micros(NOON)

    assert moments_between(start, start + micros(timedelta(days=181)))[0] == WEEK
    assert moments_between(start, start + micros(DAY))[0] == HOUR


def test_features_of_the_window_nearest_to_the_step_are_shown() -> None:
    assert features_to_show(VIEW, WEEK) == ("event_count_7d", "user_distinct_count_7d")
    assert features_to_show(VIEW, timedelta(minutes=5)) == ("event_count_1h",)


def test_a_view_without_numbers_shows_nothing() -> None:
    view = FeatureView(
        name="texts", entity=VIEW.entity, source="visits", aggregations=(VIEW.aggregations[2],)
    )

    assert features_to_show(view, WEEK) == ()


def rows_of(spark: SparkSession, pages: int) -> object:
    rows = [
        (f"page {page:02d}/{hour}", f"page {page:02d}", NOON + hour * HOUR, page + hour)
        for page in range(pages)
        for hour in range(page % 3, 3)
    ]
    schema = "record_key string, page string, event_timestamp timestamp, clicks int"
    return spark.createDataFrame(rows, schema)


@pytest.mark.spark
def test_each_entity_has_a_line_with_what_held_at_each_moment(spark: SparkSession) -> None:
    moments = [to_micros(NOON) + micros(timedelta(minutes=minutes)) for minutes in (-1, 0, 61, 500)]

    found = view_series(spark, rows_of(spark, 3), VIEW, features=["clicks"], moments=moments)  # type: ignore[arg-type]

    assert (found.entities, found.looked_at, found.summary) == (3, 3, False)
    assert found.series[0].lines == {
        "page 00": (None, 0, 1, 2),
        "page 01": (None, None, 2, 3),
        "page 02": (None, None, None, 4),
    }


@pytest.mark.spark
def test_many_entities_are_summed_up_over_those_known(spark: SparkSession) -> None:
    moments = [to_micros(NOON) - 1, to_micros(NOON) + micros(timedelta(hours=9))]
    number = MOST_LINES + 10

    found = view_series(spark, rows_of(spark, number), VIEW, features=["clicks"], moments=moments)  # type: ignore[arg-type]

    assert (found.entities, found.summary) == (number, True)
    last = [page + 2 for page in range(number)]
    before, mean = found.series[0].lines["mean"]
    assert (before, mean) == (None, sum(last) / number)
    assert found.series[0].lines["90th percentile"] == (None, sorted(last)[26])
