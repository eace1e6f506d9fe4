"""Dividing a training set: by entity or by time, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from featurestore.errors import ArtifactExists, ArtifactNotFound
from featurestore.step_requests import BuildTrainingSetRequest, SplitBy, SplitRequest
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.split import split

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.step_reports import SplitReport
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


def parts(lake: Workspace, name: str) -> tuple[DataFrame, DataFrame]:
    saved = SavedRows(lake.spark, lake.root_uri)
    division = saved.existing_split(name)
    return saved.read(name, division.train), saved.read(name, division.test)


@pytest.fixture(scope="module")
def by_time(open_shop: Workspace) -> SplitReport:
    build_training_set(open_shop, BuildTrainingSetRequest(service="buyers", name="by_time"))
    return split(open_shop, SplitRequest(training_set="by_time", by=SplitBy.TIME, test_fraction=0.4))


def test_no_user_is_on_both_sides(open_shop: Workspace) -> None:
    train, test = parts(open_shop, "visits")

    users = [{row["user"] for row in part.select("user").distinct().collect()} for part in (train, test)]

    assert not users[0] & users[1]
    assert len(users[0] | users[1]) == 50
    assert 5 < len(users[1]) < 25
    assert train.count() + test.count() == 200


def test_by_time_a_gap_of_the_label_horizon_lies_between(open_shop: Workspace, by_time: SplitReport) -> None:
    train, test = parts(open_shop, "by_time")

    last_train = train.agg(F.max(F.unix_micros("event_timestamp"))).collect()[0][0]
    first_test = test.agg(F.min(F.unix_micros("event_timestamp"))).collect()[0][0]

    assert timedelta(microseconds=first_test - last_train) >= timedelta(hours=1)
    assert by_time.gap_rows > 0
    assert by_time.train_rows + by_time.test_rows + by_time.gap_rows == 200
    assert (train.count(), test.count()) == (by_time.train_rows, by_time.test_rows)


def test_positives_are_counted_on_each_side(open_shop: Workspace, by_time: SplitReport) -> None:
    train, test = parts(open_shop, "by_time")

    counted = [part.where("buys = 1").count() for part in (train, test)]

    assert counted == [by_time.train_positives, by_time.test_positives]


def test_divided_again_alike_it_is_used_again(open_shop: Workspace) -> None:
    again = split(open_shop, SplitRequest(training_set="visits", test_fraction=0.3))

    assert again.reused
    assert again.train_rows + again.test_rows == 200


def test_divided_otherwise_it_is_refused(open_shop: Workspace) -> None:
    with pytest.raises(ArtifactExists, match="other test_fraction"):
        split(open_shop, SplitRequest(training_set="visits", test_fraction=0.2))
    with pytest.raises(ArtifactExists, match="other by"):
        split(open_shop, SplitRequest(training_set="visits", by=SplitBy.TIME, test_fraction=0.3))


def test_an_unknown_training_set_is_refused_with_those_known(open_shop: Workspace) -> None:
    with pytest.raises(ArtifactNotFound, match="visits"):
        split(open_shop, SplitRequest(training_set="visit"))
