"""The models of the demo fit its project."""

from __future__ import annotations

from featurestore.clickstream.definitions import PROJECT, PURCHASE_WITHIN_WEEK
from featurestore.clickstream.demo_models import FIRST, SECOND


def test_the_specs_name_what_the_service_has() -> None:
    columns = (*PURCHASE_WITHIN_WEEK.spine_columns, *PURCHASE_WITHIN_WEEK.feature_columns)

    for spec in (FIRST, SECOND):
        spec.check_features(PURCHASE_WITHIN_WEEK.feature_columns)
        assert set(spec.segments) <= set(columns)


def test_the_second_is_judged_by_itself_and_beside_the_champion() -> None:
    beside = [one.worse_than_champion_by_at_most is not None for one in SECOND.gate]

    assert {True, False} == set(beside)
    assert not FIRST.gate


def test_the_service_is_one_of_the_project() -> None:
    assert PROJECT.service(PURCHASE_WITHIN_WEEK.name) == PURCHASE_WITHIN_WEEK
