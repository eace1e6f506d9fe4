"""Windowed features against a naive oracle."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from featurestore.definitions import Aggregation
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.windows import change_points, compute

WINDOWS = (timedelta(microseconds=3), timedelta(microseconds=10), timedelta(microseconds=1))
AGGREGATIONS = tuple(
    Aggregation(function=function, field=field, window=window, name=f"{name}_{index}")
    for index, window in enumerate(WINDOWS)
    for function, field, name in (
        (Function.COUNT, None, "count"),
        (Function.COUNT, "text", "count_text"),
        (Function.SUM, "number", "sum"),
        (Function.SUM, "amount", "sum_amount"),
        (Function.MEAN, "number", "mean"),
        (Function.MEAN, "amount", "mean_amount"),
        (Function.DISTINCT_COUNT, "text", "distinct"),
        (Function.LAST, "text", "last"),
    )
)

Event = tuple[int, str | None, int | None, float | None]
events_strategy = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["a", "b", "c", None]),
        st.one_of(st.none(), st.integers(-5, 5)),
        st.one_of(st.none(), st.sampled_from([0.1, 0.2, 0.3, 1e16, -1e16, 5e-324])),
    ),
    max_size=25,
)


def naive(aggregation: Aggregation, events: list[Event], point: int) -> Any:
    """The aggregate, written as its definition reads."""
    if not any(event[0] <= point for event in events):
        return None
    width = aggregation.window // timedelta(microseconds=1)
    column = {None: 0, "text": 1, "number": 2, "amount": 3}[aggregation.field]
    inside = [event[column] for event in events if point - width < event[0] <= point]
    known = [value for value in inside if value is not None]
    if aggregation.function is Function.COUNT:
        return len(known)
    if aggregation.function is Function.SUM:
        return math.fsum(known) if aggregation.field == "amount" else sum(known)  # type: ignore[arg-type]
    if aggregation.function is Function.MEAN:
        return math.fsum(known) / len(known) if known else None  # type: ignore[arg-type]
    if aggregation.function is Function.DISTINCT_COUNT:
        return len(set(known))
    return known[-1] if known else None


def columns_of(events: list[Event]) -> dict[str, tuple[Any, Any]]:
    """Values and validity by field, as the kernel takes them."""
    built = {}
    for index, (name, filler, kind) in enumerate(
        (("text", "", object), ("number", 0, np.int64), ("amount", 0.0, float)), 1
    ):
        valid = np.array([event[index] is not None for event in events], dtype=bool)
        values = np.array([filler if event[index] is None else event[index] for event in events], dtype=kind)
        built[name] = (values, valid)
    return built


def computed_at(events: list[Event], points: list[int]) -> dict[str, list[Any]]:
    times = np.array([event[0] for event in events], dtype=np.int64)
    results = compute(AGGREGATIONS, times, columns_of(events), np.array(points, dtype=np.int64))
    return {
        name: [
            value if valid else None
            for value, valid in zip(result.values.tolist(), result.valid, strict=True)
        ]
        for name, result in results.items()
    }


@settings(max_examples=300, deadline=None)
@given(events_strategy)
def test_every_feature_equals_the_naive_aggregate_at_every_time(rows: list[Event]) -> None:
    events = sorted(rows, key=lambda event: event[0])
    points = list(range(-2, 55))

    computed = computed_at(events, points)

    for aggregation in AGGREGATIONS:
        expected = [naive(aggregation, events, point) for point in points]
        assert computed[aggregation.name] == expected, aggregation.name


@settings(max_examples=100, deadline=None)
@given(events_strategy)
def test_features_change_only_at_change_points(rows: list[Event]) -> None:
    events = sorted(rows, key=lambda event: event[0])
    times = np.array([event[0] for event in events], dtype=np.int64)
    changes = set(change_points(times, WINDOWS).tolist())
    points = list(range(-2, 55))

    computed = computed_at(events, points)

    for values in computed.values():
        for point, before, after in zip(points[1:], values, values[1:], strict=False):
            assert before == after or point in changes


def test_an_event_exactly_one_window_ago_is_outside() -> None:
    event = (10, "a", 1, 0.5)

    assert computed_at([event], [12, 13])["count_0"] == [1, 0]


def test_an_entity_never_seen_reads_null_throughout() -> None:
    assert {value for values in computed_at([], [0, 5]).values() for value in values} == {None}


def test_float_sums_leave_no_rounding_behind_when_the_window_empties() -> None:
    events: list[Event] = [(0, "a", 1, 1e16), (1, "a", 1, 0.1), (20, "b", 1, 0.1)]

    assert computed_at(events, [1, 15, 20])["sum_amount_1"] == [1e16 + 0.1, 0.0, 0.1]


def test_a_sum_beyond_all_floats_is_infinite_until_its_window_empties() -> None:
    events: list[Event] = [(0, "a", 1, 1e308), (1, "a", 1, 1e308), (20, "b", 1, -1e308), (21, "b", 1, -1e308)]

    assert computed_at(events, [0, 1, 15, 21])["sum_amount_1"] == [1e308, math.inf, 0.0, -math.inf]
