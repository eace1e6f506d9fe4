"""Bins of features, and rows counted by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from featurestore.quality.bins import Bins, bins_of, rows_by_bin

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

COLUMNS = "`clicks of day` int, minutes double, page string, bought boolean, never int"


def frame(spark: SparkSession, number: int = 100) -> DataFrame:
    rows = [
        (
            place,
            float("nan") if place % 10 == 0 else place / 2,
            None if place % 5 == 0 else f"page {place % 4}",
            place % 2 == 0,
            None,
        )
        for place in range(number)
    ]
    return spark.createDataFrame(rows, COLUMNS).repartition(3)


FEATURES = ["clicks of day", "minutes", "page", "bought", "never"]


@pytest.mark.spark
def test_tenths_hold_about_as_many_rows_each(spark: SparkSession) -> None:
    rows = frame(spark)

    clicks = rows_by_bin(rows, bins_of(rows, FEATURES))["clicks of day"]

    assert len(clicks) == 11
    assert all(9 <= count <= 11 for count in clicks[:-1])
    assert clicks[-1] == 0


@pytest.mark.spark
def test_every_row_is_counted_once_a_feature_and_nulls_apart(spark: SparkSession) -> None:
    rows = frame(spark)

    counted = rows_by_bin(rows, bins_of(rows, FEATURES))

    assert {feature: sum(counts) for feature, counts in counted.items()} == dict.fromkeys(FEATURES, 100)
    assert {feature: counts[-1] for feature, counts in counted.items()} == {
        "clicks of day": 0, "minutes": 10, "page": 20, "bought": 0, "never": 100,
    }  # fmt: skip


@pytest.mark.spark
def test_other_rows_are_counted_in_the_same_bins(spark: SparkSession) -> None:
    bins = bins_of(frame(spark), ["clicks of day", "page"])
    other = spark.createDataFrame([(-5, 0.0, "unheard of", True, 1), (10_000, 0.0, None, True, 1)], COLUMNS)

    counted = rows_by_bin(other, bins)

    assert counted["clicks of day"][0] == counted["clicks of day"][-2] == 1
    assert counted["page"] == (0, 0, 0, 0, 1, 1)


def test_a_number_belongs_to_the_first_bin_whose_edge_is_not_less() -> None:
    bins = Bins(feature="clicks", edges=(1.0, 2.0))

    assert list(bins.places(pa.array([0, 1, 2, 3, None]))) == [0, 0, 1, 2, 3]


def test_a_text_belongs_to_its_value_to_the_rest_or_to_null() -> None:
    bins = Bins(feature="page", values=("home", "cart"))

    assert list(bins.places(pa.array(["cart", "home", "else", None]))) == [1, 0, 2, 3]


def test_a_feature_without_values_has_bins_all_the_same() -> None:
    assert list(Bins(feature="never").places(pa.array([None, 1.0]))) == [1, 0]
    assert list(Bins(feature="never", values=()).places(pa.array([None, "a"]))) == [1, 0]
