"""Fits: equal rows give equal models, whatever is missing in them, in a handful of stages."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pyspark.sql import functions as F

from featurestore.definitions.training import ClassWeights, TrainingSpec
from featurestore.errors import InvalidRequest, NotEnoughRows
from featurestore.training.algorithms import ALGORITHMS
from featurestore.training.columns import TrainingColumns
from featurestore.training.evaluate import evaluate, predict
from featurestore.training.train import build_pipeline, fit

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

replace: Any = msgspec.structs.replace
SCHEMA = (
    "user string, event_timestamp timestamp, clicks int, spend double, `page.last` string, member boolean,"
    " nothing double, silence string, label int"
)
COLUMNS = TrainingColumns(
    keys=["user"],
    label="label",
    features=["clicks", "spend", "page.last", "member", "nothing", "silence"],
)
SMALL = {
    "logistic_regression": TrainingSpec(settings={"maxIter": 8}),
    "linear_regression": TrainingSpec(algorithm="linear_regression", settings={"maxIter": 8}),
    "random_forest": TrainingSpec(algorithm="random_forest", settings={"numTrees": 4, "maxDepth": 4}),
    "gradient_boosted_trees": TrainingSpec(
        algorithm="gradient_boosted_trees", settings={"maxIter": 2, "maxDepth": 3}
    ),
}


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
    fitted: Any = next(stage for stage in model.stages if hasattr(stage, "featuresCol"))
    if hasattr(fitted, "coefficients"):
        numbers = [float(number).hex() for number in [*fitted.coefficients.toArray(), fitted.intercept]]
        return " ".join(numbers)
    return str(fitted.toDebugString).split("\n", 1)[1]


@pytest.fixture(scope="module", params=sorted(ALGORITHMS))
def fitted(request: pytest.FixtureRequest, spark: SparkSession) -> tuple[str, PipelineModel]:
    """An algorithm, and its model of `sessions`."""
    algorithm = str(request.param)
    return algorithm, fit(sessions(spark), COLUMNS, SMALL[algorithm])


def test_equal_rows_give_an_equal_model(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    algorithm, model = fitted
    shuffled = sessions(spark).repartition(3, "clicks").sortWithinPartitions(F.desc("spend"))

    again = fit(shuffled, COLUMNS, SMALL[algorithm])

    assert bits(again) == bits(model)


def test_other_rows_give_another_model(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    algorithm, model = fitted

    other = fit(sessions(spark).where("clicks < 16"), COLUMNS, SMALL[algorithm])

    assert bits(other) != bits(model)


def test_a_model_learns_what_is_in_the_rows(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    scored = predict(fitted[1], sessions(spark), keep=["label"])

    metrics = evaluate(scored, label="label")

    assert metrics.auc is not None
    assert metrics.auc > 0.85


def test_in_several_partitions_equal_rows_give_models_that_score_alike(spark: SparkSession) -> None:
    rows = sessions(spark)
    spec = replace(SMALL["random_forest"], partitions=2)

    scores = [
        [row["probability"] for row in predict(fit(given, COLUMNS, spec), rows, keep=[]).collect()]
        for given in (rows, rows.orderBy(F.xxhash64("user", "clicks")).repartition(5))
    ]

    assert scores[0] == pytest.approx(scores[1], abs=1e-9)


def test_values_never_seen_can_be_scored(spark: SparkSession, fitted: tuple[str, PipelineModel]) -> None:
    unseen = [
        ("u1", None, None, None, None, None, None, None, None),
        ("u2", None, 3, -math.inf, "a new page", True, 4.0, "no more", None),
        ("u2", None, 3, None, None, True, None, None, None),
    ]

    scored = predict(fitted[1], spark.createDataFrame(unseen, SCHEMA), keep=["user"]).collect()

    assert all(0 <= row["probability"] <= 1 for row in scored)
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

    counts = [len(build_pipeline(schema, c, TrainingSpec()).getStages()) for c in (few, many)]

    assert counts == [7, 7]


def test_only_logistic_regression_scales_its_inputs(spark: SparkSession) -> None:
    schema = sessions(spark, 1).schema

    names = {
        algorithm: [
            type(stage).__name__
            for stage in build_pipeline(schema, COLUMNS, TrainingSpec(algorithm=algorithm)).getStages()
        ]
        for algorithm, spec in SMALL.items()
    }

    assert "StandardScaler" in names["logistic_regression"]
    assert "StandardScaler" not in names["gradient_boosted_trees"]


@pytest.mark.parametrize("feature", ["clicks", "silence"])
def test_one_feature_is_enough(spark: SparkSession, feature: str) -> None:
    columns = TrainingColumns(keys=["user"], label="label", features=[feature])

    model = fit(sessions(spark, 40), columns, TrainingSpec(settings={"maxIter": 1}))

    assert predict(model, sessions(spark, 3), keep=[]).columns == ["probability", "prediction"]


def test_a_class_without_rows_is_refused_with_counts(spark: SparkSession) -> None:
    rows = sessions(spark, 20).withColumn("label", F.lit(0))

    with pytest.raises(NotEnoughRows, match="0 rows of class 1, 20 of class 0"):
        fit(rows, COLUMNS, TrainingSpec())


@pytest.mark.parametrize("label", [None, 2])
def test_a_label_that_is_neither_0_nor_1_is_refused(spark: SparkSession, label: int | None) -> None:
    rows = sessions(spark, 20).withColumn(
        "label", F.when(F.col("user") != "u3", F.col("label")).otherwise(label)
    )

    with pytest.raises(InvalidRequest, match="1 rows with neither"):
        fit(rows, COLUMNS, TrainingSpec())


@pytest.mark.parametrize(
    ("feature", "message"), [("event_timestamp", "got 'timestamp'"), ("shoe_size", "no such column")]
)
def test_a_feature_that_no_model_reads_is_refused(spark: SparkSession, feature: str, message: str) -> None:
    columns = TrainingColumns(keys=["user"], label="label", features=["clicks", feature])

    with pytest.raises(InvalidRequest, match=message):
        build_pipeline(sessions(spark, 1).schema, columns, TrainingSpec())


@pytest.mark.parametrize("features", [[], ["clicks", "clicks"], ["clicks", "label"], ["clicks", "user"]])
def test_a_column_has_one_part_to_play(features: list[str]) -> None:
    with pytest.raises(InvalidRequest):
        TrainingColumns(keys=["user"], label="label", features=features)


def mean_score(model: PipelineModel, rows: DataFrame) -> float:
    scored = predict(model, rows, keep=[]).agg(F.avg("probability")).first()
    return float(scored[0]) if scored else math.nan


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_weights_move_scores_towards_the_class_that_counts_more(spark: SparkSession, algorithm: str) -> None:
    rows = sessions(spark).where("label = 0 or clicks % 3 = 0")  # fewer of class 1
    weights = [None, ClassWeights(), ClassWeights(negative=1, positive=50)]
    specs = [replace(SMALL[algorithm], class_weights=one) for one in weights]

    plain, balanced, heavy = (mean_score(fit(rows, COLUMNS, spec), rows) for spec in specs)

    assert plain < balanced < heavy


def test_balanced_classes_need_no_weights(spark: SparkSession) -> None:
    rows = sessions(spark, 80)
    both = rows.unionByName(rows.withColumn("label", 1 - F.col("label")))

    models = [
        fit(both, COLUMNS, replace(SMALL["logistic_regression"], class_weights=weights))
        for weights in (None, ClassWeights())
    ]

    assert mean_score(models[0], both) == pytest.approx(mean_score(models[1], both), abs=1e-9)


def test_a_number_is_cut_off_to_be_a_probability(spark: SparkSession) -> None:
    data = [(f"u{number}", float(number), int(number > 5)) for number in range(11)]
    rows = spark.createDataFrame(data, "user string, x double, label int")
    columns = TrainingColumns(keys=["user"], label="label", features=["x"])
    spec = TrainingSpec(algorithm="linear_regression", settings={"regParam": 0.0})

    model = fit(rows, columns, spec)

    scored = predict(model, rows, keep=["x"]).orderBy("x").collect()
    # The line of least squares through these points.
    line = [(15 * x - 25) / 110 for x in range(11)]
    assert [row["probability"] for row in scored] == pytest.approx(
        [min(max(y, 0), 1) for y in line], abs=1e-6
    )
    assert (scored[0]["probability"], scored[10]["probability"]) == (0.0, 1.0)
