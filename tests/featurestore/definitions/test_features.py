"""Entities, views and services whose columns have one name each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.definitions import Aggregation, Entity, Label, SessionEnds, aggregations_over
from featurestore.definitions.base import from_json
from featurestore.definitions.features import RESERVED, AggregationFunction, feature_column, window_text
from featurestore.errors import DefinitionError
from tests.helpers.definitions import COUNT, HOUR, USER, service, view

SUM = AggregationFunction.SUM


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (timedelta(days=7), "7d"),
        (timedelta(days=1), "1d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
        (timedelta(microseconds=1), "1us"),
        (timedelta(seconds=1, microseconds=5), "1000005us"),
    ],
)
def test_a_window_is_told_in_its_largest_whole_unit(window: timedelta, text: str) -> None:
    assert window_text(window) == text


WINDOWS = st.timedeltas(timedelta(microseconds=1), timedelta(days=36_500))


@given(WINDOWS, WINDOWS)
def test_unequal_windows_have_unequal_texts(one: timedelta, other: timedelta) -> None:
    assert (window_text(one) == window_text(other)) == (one == other)


@given(WINDOWS)
def test_a_window_is_exact_in_json(window: timedelta) -> None:
    aggregation = Aggregation(function=AggregationFunction.COUNT, window=window)

    assert from_json(Aggregation, json.loads(json.dumps(aggregation.to_json()))) == aggregation


def test_a_feature_is_named_after_its_parts() -> None:
    assert COUNT.name == "event_count_1h"
    assert Aggregation(function=SUM, field="price", window=timedelta(days=7)).name == "price_sum_7d"
    assert Aggregation(function=SUM, field="price", window=HOUR, name="spent").name == "spent"


def test_one_aggregation_over_several_windows() -> None:
    made = aggregations_over([HOUR, timedelta(days=1)], SUM, "price")

    assert [aggregation.name for aggregation in made] == ["price_sum_1h", "price_sum_1d"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"function": AggregationFunction.COUNT, "window": timedelta(0)}, "a window longer than 0"),
        ({"function": AggregationFunction.COUNT, "window": -HOUR}, "a window longer than 0"),
        ({"function": SUM, "window": HOUR}, "a field"),
        ({"function": AggregationFunction.LAST, "window": HOUR}, "a field"),
        ({"function": SUM, "field": "p", "window": HOUR, "name": "Sum"}, "starting with a letter"),
        ({"function": "median", "window": HOUR}, "a value of its type"),
        ({"function": SUM, "field": "p", "window": 60}, "a value of its type"),
    ],
)
def test_an_aggregation_that_means_nothing_is_refused(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        Aggregation(**settings)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"name": "a b", "join_keys": ("id",)}, "starting with a letter"),
        ({"name": "user", "join_keys": ()}, "at least one join key"),
        ({"name": "user", "join_keys": ("id", "id")}, "names that occur once"),
    ],
)
def test_an_entity_has_keys(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        Entity(**settings)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "a/b"}, "starting with a letter"),
        ({"aggregations": ()}, "at least one aggregation"),
        ({"version": 0}, "a version of 1 or more"),
        ({"aggregations": (COUNT, COUNT)}, "got 'event_count_1h'"),
        ({"entity": Entity(name="user", join_keys=("event_count_1h",))}, "got 'event_count_1h'"),
    ],
)
def test_a_view_that_contradicts_itself_is_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        view(**changes)


@pytest.mark.parametrize("name", RESERVED)
def test_our_columns_are_no_features_and_no_keys(name: str) -> None:
    taken = Aggregation(function=SUM, field="price", window=HOUR, name=name)

    with pytest.raises(DefinitionError, match=f"got '{name}'"):
        view(aggregations=(taken,))
    with pytest.raises(DefinitionError, match=f"got '{name}'"):
        view(entity=Entity(name="user", join_keys=(name,)))


def test_a_view_tells_its_table_and_its_columns() -> None:
    two = view(aggregations=aggregations_over([HOUR, timedelta(days=1)], SUM, "price"), version=3)

    assert two.table == "features/activity/v3"
    assert two.feature_names == ("price_sum_1h", "price_sum_1d")
    assert two.longest_window == timedelta(days=1)


def spine(**changes: Any) -> SessionEnds:
    given: dict[str, Any] = {"source": "clicks", "entity": USER, "session_field": "session"}
    return SessionEnds(**given | changes)


def total(name: str) -> tuple[Aggregation]:
    return (Aggregation(function=SUM, field="x", window=HOUR, name=name),)


def label(**changes: Any) -> Label:
    given: dict[str, Any] = {"name": "buys", "field": "what", "value": "purchase", "horizon": HOUR}
    return Label(**given | changes)


@pytest.mark.parametrize(("name", "horizon"), [("Buys", HOUR), ("buys", timedelta(0)), ("buys", -HOUR)])
def test_a_label_has_a_name_and_a_horizon(name: str, horizon: timedelta) -> None:
    with pytest.raises(DefinitionError, match="Label"):
        label(name=name, horizon=horizon)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "a-b"}, "starting with a letter"),
        ({"views": ()}, "at least one view"),
        ({"views": (view(), view(version=2))}, "got 'activity'"),
        (
            {"views": (view(entity=Entity(name="what", join_keys=("what",))),)},
            "join keys among the spine's columns",
        ),
        ({"label": label(name="session")}, "got 'session'"),
        ({"label": label(name="event_timestamp")}, "got 'event_timestamp'"),
        ({"label": label(name="activity__event_count_1h")}, "got 'activity__event_count_1h'"),
        ({"spine": spine(carry=("user_id",))}, "got 'user_id'"),
        ({"spine": spine(carry=("record_key",))}, "got 'record_key'"),
        (
            {
                "views": (
                    view(
                        name="a",
                        aggregations=(Aggregation(function=SUM, field="x", window=HOUR, name="b__c"),),
                    ),
                    view(
                        name="a__b",
                        aggregations=(Aggregation(function=SUM, field="x", window=HOUR, name="c"),),
                    ),
                )
            },
            "got 'a__b__c'",
        ),
    ],
)
def test_a_service_that_contradicts_itself_is_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        service(**changes)


def test_a_service_tells_its_columns() -> None:
    asked = service(spine=spine(carry=("what",)))

    assert asked.spine_columns == ("user_id", "session", "what")
    assert asked.feature_columns == ("activity__event_count_1h",)
    assert feature_column(view(), "event_count_1h") == "activity__event_count_1h"
