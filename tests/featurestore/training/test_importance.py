"""Shares of features in what a model goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer

from featurestore.definitions.training import Encoding, Scaling, TrainingSpec
from featurestore.training.columns import TrainingColumns
from featurestore.training.importance import importance
from featurestore.training.train import fit

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

FEATURES = ["clicks", "last page", "noise", "nothing", "minutes"]


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    """The label is told by `clicks` and by `last page`; `nothing` has no value at all."""
    values = [
        (
            f"u{number}",
            int(number % 10 < 5 or number % 3 == 0),
            1000 * (number % 10),
            "basket" if number % 3 == 0 else "home_0" if number % 2 else "home",
            (number * 7) % 5,
            None,
            0.5,
        )
        for number in range(120)
    ]
    columns = (
        "user string, buys int, clicks int, `last page` string, noise int, nothing double, minutes double"
    )
    return spark.createDataFrame(values, columns)


@pytest.mark.parametrize(
    "spec",
    [
        TrainingSpec(),
        TrainingSpec(scaling=Scaling.NONE),
        TrainingSpec(algorithm="linear_regression"),
        TrainingSpec(algorithm="random_forest"),
        TrainingSpec(algorithm="gradient_boosted_trees", encoding=Encoding.INDEX),
    ],
    ids=["logistic", "unscaled", "linear", "forest", "boosted"],
)
def test_what_tells_the_label_has_the_greatest_shares(rows: DataFrame, spec: TrainingSpec) -> None:
    columns = TrainingColumns(keys=["user"], label="buys", features=FEATURES)

    found = importance(fit(rows, columns, spec), rows, FEATURES)

    assert set(found) == set(FEATURES)
    assert set(list(found)[:2]) == {"clicks", "last page"}
    assert (found["nothing"], found["minutes"]) == (0, 0)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_a_model_that_tells_nothing_has_no_shares(rows: DataFrame) -> None:
    silent = PipelineModel(stages=[SQLTransformer(statement="SELECT * FROM __THIS__")])

    assert importance(silent, rows, FEATURES) == {}
