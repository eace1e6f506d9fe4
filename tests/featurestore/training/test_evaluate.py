"""Evaluation of scored rows in Spark, and what scoring leaves of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.definitions.training import TrainingSpec
from featurestore.errors import InvalidRequest, NotEnoughRows
from featurestore.training.columns import TrainingColumns
from featurestore.training.evaluate import evaluate, predict
from featurestore.training.metrics import Confusion
from featurestore.training.train import fit

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark


def scored(spark: SparkSession, *rows: tuple[float | None, int | None]) -> DataFrame:
    return spark.createDataFrame(list(rows), "probability double, label int")


def test_rows_of_equal_score_count_half_in_the_auc(spark: SparkSession) -> None:
    metrics = evaluate(scored(spark, (0.9, 1), (0.5, 1), (0.5, 0), (0.1, 0), (0.1, 0)), label="label")

    assert metrics.auc == 5.5 / 6
    assert metrics.pr_auc == (1 + 2 / 3) / 2
    assert metrics.confusion == Confusion(
        true_positive=2, false_positive=1, true_negative=2, false_negative=0
    )


def test_a_class_without_rows_leaves_no_auc_and_says_so(spark: SparkSession) -> None:
    metrics = evaluate(scored(spark, (0.9, 1), (0.5, 1)), label="label")

    assert metrics.auc is None
    assert metrics.reasons == {"auc": "no row is negative"}


@pytest.mark.parametrize(
    ("row", "message"), [((0.5, None), "1 rows with neither"), ((0.5, 7), "neither"), ((None, 1), "1 nulls")]
)
def test_rows_without_score_or_label_are_refused(
    spark: SparkSession, row: tuple[float | None, int | None], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        evaluate(scored(spark, (0.5, 1), (0.5, 0), row), label="label")


def test_no_rows_cannot_be_evaluated(spark: SparkSession) -> None:
    with pytest.raises(NotEnoughRows):
        evaluate(scored(spark), label="label")


def test_a_scored_row_is_what_was_kept_and_its_score(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [("u1", 1, 0, "x"), ("u2", 9, 1, "x"), ("u3", 2, 0, "x"), ("u4", 8, 1, "x")],
        "user string, clicks int, label int, `other.column` string",
    )
    model = fit(rows, TrainingColumns(keys=["user"], label="label", features=["clicks"]), TrainingSpec())

    predictions = predict(model, rows.drop("label"), keep=["user", "other.column"])

    assert predictions.dtypes == [
        ("user", "string"),
        ("other.column", "string"),
        ("probability", "double"),
        ("prediction", "int"),
    ]
    assert {row["user"]: row["prediction"] for row in predictions.collect()} == {
        "u1": 0,
        "u2": 1,
        "u3": 0,
        "u4": 1,
    }
    everyone = predict(model, rows, keep=["user"], threshold=0.0).collect()
    assert {row["prediction"] for row in everyone} == {1}


def test_a_kept_column_never_hides_the_score(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("u1", 1, 0), ("u2", 9, 1)], "user string, clicks int, label int")
    model = fit(rows, TrainingColumns(keys=["user"], label="label", features=["clicks"]), TrainingSpec())

    with pytest.raises(InvalidRequest, match="probability"):
        predict(model, rows, keep=["user", "probability"])
