"""Which change of a view keeps the values it has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from featurestore.definitions import Aggregation, DataType, DerivedColumn
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.definitions.view_changes import added_features, changed_features, computed_view
from tests.helpers.shop import ACTIVITY, SMALL, USER, VISITS

REPLACE: Any = msgspec.structs.replace
HOUR = timedelta(hours=1)
CHEAP = DerivedColumn(name="cheap", expression="price < 1", data_type=DataType.BOOLEAN)
PLACE = DerivedColumn(name="place", expression="upper(page)", data_type=DataType.STRING)
BOTH = DerivedColumn(name="both", expression="concat(place, user)", data_type=DataType.STRING)
NEW = Aggregation(function=Function.COUNT, window=HOUR, name="visits_1h")
RATIO = DerivedColumn(name="ratio", expression="visits_10m / pieces_30m", data_type=DataType.FLOAT64)


def of(source: Any = VISITS, **changes: Any) -> Any:
    return computed_view(REPLACE(SMALL, **changes), source)


def test_new_aggregations_and_features_are_additions_wherever_they_stand() -> None:
    after = of(aggregations=(NEW, *SMALL.aggregations), features=(RATIO,))

    assert added_features(of(), after) == ("visits_1h", "ratio")
    assert added_features(of(), of()) == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"aggregations": SMALL.aggregations[1:]}, ("visits_10m",)),
        (
            {"aggregations": (REPLACE(SMALL.aggregations[0], window=HOUR), *SMALL.aggregations[1:])},
            ("visits_10m",),
        ),
        (
            {"aggregations": (REPLACE(SMALL.aggregations[0], name="other"), *SMALL.aggregations[1:])},
            ("visits_10m",),
        ),
        ({"entity": REPLACE(USER, name="person")}, ()),
    ],
    ids=["removed", "changed", "renamed", "another entity"],
)
def test_what_is_changed_or_gone_is_no_addition_and_is_named(
    changes: dict[str, Any], named: tuple[str, ...]
) -> None:
    assert added_features(of(), of(**changes)) is None
    assert changed_features(of(), of(**changes)) == named


def test_a_view_depends_on_the_derived_columns_it_uses_and_no_others() -> None:
    source = REPLACE(VISITS, transform=(CHEAP, PLACE, BOTH))
    uses_both = REPLACE(
        ACTIVITY, aggregations=(Aggregation(function=Function.LAST, window=HOUR, field="both"),)
    )

    assert computed_view(ACTIVITY, source).transform == ()
    assert computed_view(uses_both, source).transform == (PLACE, BOTH)


def test_another_expression_behind_a_feature_changes_it() -> None:
    view = {"aggregations": (Aggregation(function=Function.LAST, window=HOUR, field="place", name="last"),)}
    before = of(REPLACE(VISITS, transform=(PLACE,)), **view)
    after = of(REPLACE(VISITS, transform=(REPLACE(PLACE, expression="lower(page)"),)), **view)

    assert added_features(before, after) is None
    assert changed_features(before, after) == ("last",)
