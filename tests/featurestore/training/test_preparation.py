"""How inputs are prepared: as the spec says for each feature, in one stage a kind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.ml import Pipeline
from pyspark.sql import types as T

from featurestore.definitions.training import Encoding, Fill, Scaling, TrainingSpec
from featurestore.training.columns import feature_kinds
from featurestore.training.preparation import preparation

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

SCHEMA = T.StructType(
    [
        T.StructField("size", T.DoubleType()),
        T.StructField("age", T.LongType()),
        T.StructField("page", T.StringType()),
    ]
)
ROWS = [(1.0, 10, "home"), (2.0, 10, "cart"), (9.0, 40, "home"), (math.nan, None, None)]


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, SCHEMA).coalesce(1).persist()


def vectors(
    rows: DataFrame, spec: TrainingSpec, *, features: tuple[str, ...] = ("size", "age", "page")
) -> list[Any]:
    stages, vector = preparation(feature_kinds(SCHEMA, features), spec, scaled=False)
    model = Pipeline(stages=stages).fit(rows)
    return [row[vector].toArray().tolist() for row in model.transform(rows).collect()]


@pytest.mark.parametrize(
    ("spec", "filled"),
    [
        (TrainingSpec(), [2.0, 10.0]),
        (TrainingSpec(fill=Fill.MEAN), [4.0, 20.0]),
        (TrainingSpec(fill=Fill.MEAN, fill_by_feature={"age": Fill.MODE}), [4.0, 10.0]),
    ],
    ids=["median", "mean", "each its own"],
)
def test_a_missing_number_is_filled_as_the_spec_says(
    rows: DataFrame, spec: TrainingSpec, filled: list[float]
) -> None:
    assert vectors(rows, spec, features=("size", "age"))[3] == filled


def test_texts_become_one_input_each_or_their_place_by_frequency(rows: DataFrame) -> None:
    one_hot = vectors(rows, TrainingSpec(), features=("page",))
    index = vectors(rows, TrainingSpec(encoding_by_feature={"page": Encoding.INDEX}), features=("page",))

    assert one_hot == [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert index == [[0.0], [1.0], [0.0], [2.0]]


def test_inputs_are_scaled_as_the_spec_says(rows: DataFrame) -> None:
    plain = vectors(rows, TrainingSpec(), features=("size",))
    between = vectors(rows, TrainingSpec(scaling=Scaling.MIN_MAX), features=("size",))
    standard = vectors(rows, TrainingSpec(scaling=Scaling.STANDARD), features=("size",))

    assert [row[0] for row in plain] == [1.0, 2.0, 9.0, 2.0]
    assert [row[0] for row in between] == [0.0, 0.125, 1.0, 0.125]
    deviation = math.sqrt(sum((value - 3.5) ** 2 for value in (1, 2, 9, 2)) / 3)
    assert [row[0] for row in standard] == pytest.approx([value / deviation for value in (1, 2, 9, 2)])


def test_stages_are_one_a_kind_and_not_one_a_feature() -> None:
    names = [f"number{place}" for place in range(150)]
    schema = T.StructType([T.StructField(name, T.DoubleType()) for name in names])
    spec = TrainingSpec(fill_by_feature=dict.fromkeys(names[:70], Fill.MEAN), scaling=Scaling.STANDARD)

    stages, _ = preparation(feature_kinds(schema, names), spec, scaled=False)

    assert len(stages) == 5
