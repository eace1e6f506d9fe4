"""The rows of a service: its spine with the features of all its views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.keys import record_key
from featurestore.offline.point_in_time import ROW
from featurestore.offline.service_rows import features_at, with_features
from tests.helpers.frames import assert_rows_equal, at, frame
from tests.helpers.shop import TWO_VIEWS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

SPINE = "user string, session string, page string, event_timestamp timestamp, buys int"
SMALL_ROWS = (
    "record_key string, user string, event_timestamp timestamp, visits_10m bigint, pieces_30m bigint,"
    " last_page_10m string, is_deleted boolean"
)
PAGE_ROWS = "record_key string, page string, event_timestamp timestamp, visits_30m bigint, is_deleted boolean"


@pytest.fixture
def features(spark: SparkSession) -> dict[str, DataFrame]:
    small = frame(spark, SMALL_ROWS, "k1 u1 10:00 1 2 home false \n k2 u1 10:05 9 9 gone true")
    return {"small": small, "pages": frame(spark, PAGE_ROWS, "k1 cart 10:00 7 false")}


def test_each_view_is_joined_by_its_own_entity(spark: SparkSession, features: dict[str, DataFrame]) -> None:
    spine = frame(spark, SPINE, "u1 s1 cart 10:05 1 \n u2 s1 cart 10:05 0 \n u1 s2 - 10:06 0")

    rows = with_features(spine, features, TWO_VIEWS)

    assert rows.columns == ["record_key", *spine.columns, *TWO_VIEWS.feature_columns]
    assert_rows_equal(
        rows.drop("record_key"),
        """
        u1 s1 cart 10:05 1 1 2 home 7
        u2 s1 cart 10:05 0 - - - 7
        u1 s2 -    10:06 0 1 2 home -
        """,
    )


def test_the_record_key_is_made_of_the_spine_and_the_time(
    spark: SparkSession, features: dict[str, DataFrame]
) -> None:
    spine = frame(spark, SPINE, "u1 s1 - 10:05 1")

    (row,) = with_features(spine, features, TWO_VIEWS).collect()

    assert row["record_key"] == record_key(["u1", "s1", None, at("10:05")])


def test_rows_of_ones_own_need_no_session(spark: SparkSession, features: dict[str, DataFrame]) -> None:
    asked = frame(spark, "note string, user string, page string, event_timestamp timestamp", "n u1 - 10:05")

    rows = features_at(asked, features, TWO_VIEWS)

    assert rows.columns == [*asked.columns, ROW, *TWO_VIEWS.feature_columns]
    assert_rows_equal(rows.drop(ROW), "n u1 - 10:05 1 2 home -")
