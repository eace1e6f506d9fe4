"""Fits: equal rows give equal models, whatever is missing in them, in a handful of stages."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest, NotEnoughRows
from featurestore.training.columns import TrainingColumns
from featurestore.training.evaluate import evaluate, predict
from featurestore.training.train import ALGORITHMS, build_pipeline, fit, resolve_settings

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

SCHEMA = (
    "user string, event_timestamp timestamp, clicks int, spend double, `page.last` string, member boolean,"
    " nothing double, silence string, label int"
)
COLUMNS = TrainingColumns(
    keys=["user"],
    label="label",
    features=["clicks", "spend", "page.last", "member", "nothing", "silence"],
)
SMALL = {"logistic_regression": {"maxIter": 8}, "gradient_boosted_trees": {"maxIter": 2, "maxDepth": 3}}


def sessions(spark: SparkSession, count: int = 300) -> DataFrame:
    """Sessions in which many clicks on the shop page lead to label 1; some values are missing."""
    chance = random.Random(11)  # noqa: S311 - no secret
    rows = []
    for number in range(count):
        clicks, page = chance.randint(0, 20), chance.choice(["shop", "help", None])
        label = int(clicks + 8 * (page == "shop") + chance.gauss(0, 4) > 14)
        spend = chance.choice([chance.expovariate(0.1), None, math.nan, math.inf])
        member = chance.choice([True, False, None])
        rows.append((f"u{number % 90}", None, clicks, spend, page, member, None, None, label))
    return spark.createDataFrame(rows, SCHEMA)


def bits(model: PipelineModel) -> str:
    """Every number in a model, to the last bit."""
    last: Any = model.stages[-1]
    if hasattr(last, "coefficients"):
        numbers = [float(number).hex() for number in [*last.coefficients.toArray(), last.intercept]]
        return " ".join(numbers)
    return str(last.toDebugString).split("\n", 1)[1]


@pytest.fixture(scope="module", params=sorted(ALGORITHMS))
def fitted(request: pytest.FixtureRequest, spark: SparkSession) -> tuple[str, PipelineModel]:
    """An algorithm, and its model of `sessions`."""
    algorithm = str(request.param)
    return algorithm, fit(sessions(spark), COLUMNS, algorithm, settings=SMALL[algorithm])


def test_equal_rows_give_an_equal_model(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    algorithm, model = fitted
    shuffled = sessions(spark).repartition(3, "clicks").sortWithinPartitions(F.desc("spend"))

    again = fit(shuffled, COLUMNS, algorithm, settings=SMALL[algorithm])

    assert bits(again) == bits(model)


def test_other_rows_give_another_model(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    algorithm, model = fitted

    other = fit(sessions(spark).where("clicks < 16"), COLUMNS, algorithm, settings=SMALL[algorithm])

    assert bits(other) != bits(model)


def test_a_model_learns_what_is_in_the_rows(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    scored = predict(fitted[1], sessions(spark), keep=["label"])

    metrics = evaluate(scored, label="label")

    assert metrics.auc is not None
    assert metrics.auc > 0.85


def test_values_never_seen_can_be_scored(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    unseen = [
        ("u1", None, None, None, None, None, None, None, None),
        ("u2", None, 3, -math.inf, "a new page", True, 4.0, "no more", None),
        ("u2", None, 3, None, None, True, None, None, None),
    ]

    scored = predict(fitted[1], spark.createDataFrame(unseen, SCHEMA), keep=["user"]).collect()

    assert all(0 < row["probability"] < 1 for row in scored)
    # A new page is read as none, an infinite spend as a missing one, a feature empty while fitting as 0.
    assert scored[1]["probability"] == scored[2]["probability"]


def test_hundreds_of_features_need_no_more_stages_than_one_a_kind(spark: SparkSession) -> None:
    numbers, texts = ([f"{kind}{number}" for number in range(150)] for kind in ("number", "text"))
    schema = spark.createDataFrame(
        [],
        ", ".join(
            ["user string, label int", *(f"{n} double" for n in numbers), *(f"{t} string" for t in texts)]
        ),
    ).schema
    few = TrainingColumns(keys=["user"], label="label", features=["number0", "text0"])
    many = TrainingColumns(keys=["user"], label="label", features=[*numbers, *texts])

    counts = [len(build_pipeline(schema, c, "logistic_regression").getStages()) for c in (few, many)]

    assert counts == [7, 7]


def test_only_logistic_regression_scales_its_inputs(spark: SparkSession) -> None:
    schema = sessions(spark, 1).schema

    names = {
        algorithm: [type(stage).__name__ for stage in build_pipeline(schema, COLUMNS, algorithm).getStages()]
        for algorithm in ALGORITHMS
    }

    assert "StandardScaler" in names["logistic_regression"]
    assert "StandardScaler" not in names["gradient_boosted_trees"]


@pytest.mark.parametrize("feature", ["clicks", "silence"])
def test_one_feature_is_enough(spark: SparkSession, feature: str) -> None:
    columns = TrainingColumns(keys=["user"], label="label", features=[feature])

    model = fit(sessions(spark, 40), columns, "logistic_regression", settings={"maxIter": 1})

    assert predict(model, sessions(spark, 3), keep=[]).columns == ["probability", "prediction"]


def test_a_class_without_rows_is_refused_with_counts(spark: SparkSession) -> None:
    rows = sessions(spark, 20).withColumn("label", F.lit(0))

    with pytest.raises(NotEnoughRows, match="0 rows of class 1, 20 of class 0"):
        fit(rows, COLUMNS, "logistic_regression")


@pytest.mark.parametrize("label", [None, 2])
def test_a_label_that_is_neither_0_nor_1_is_refused(spark: SparkSession, label: int | None) -> None:
    rows = sessions(spark, 20).withColumn(
        "label", F.when(F.col("user") != "u3", F.col("label")).otherwise(label)
    )

    with pytest.raises(InvalidRequest, match="1 rows with neither"):
        fit(rows, COLUMNS, "logistic_regression")


@pytest.mark.parametrize(
    ("feature", "message"), [("event_timestamp", "got 'timestamp'"), ("shoe_size", "no such column")]
)
def test_a_feature_that_no_model_reads_is_refused(spark: SparkSession, feature: str, message: str) -> None:
    columns = TrainingColumns(keys=["user"], label="label", features=["clicks", feature])

    with pytest.raises(InvalidRequest, match=message):
        build_pipeline(sessions(spark, 1).schema, columns, "logistic_regression")


@pytest.mark.parametrize("features", [[], ["clicks", "clicks"], ["clicks", "label"], ["clicks", "user"]])
def test_a_column_has_one_part_to_play(features: list[str]) -> None:
    with pytest.raises(InvalidRequest):
        TrainingColumns(keys=["user"], label="label", features=features)


def test_settings_are_complete_and_alike_for_equal_fits() -> None:
    assert resolve_settings("logistic_regression", {"regParam": 1}) == resolve_settings(
        "logistic_regression", {"regParam": 1.0}
    )
    assert resolve_settings("gradient_boosted_trees")["seed"] == 17


@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        ("crystal_ball", {}),
        ("logistic_regression", {"maxDepth": 3}),
        ("logistic_regression", {"maxIter": 2.5}),
        ("logistic_regression", {"maxIter": True}),
    ],
)
def test_unknown_algorithms_and_settings_are_refused(algorithm: str, settings: dict[str, float]) -> None:
    with pytest.raises(InvalidRequest):
        resolve_settings(algorithm, settings)
