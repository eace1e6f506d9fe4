"""Fit models with Spark ML, so that equal rows give equal models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, cast

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest, NotEnoughRows
from featurestore.training.algorithms import find_algorithm, resolve_settings
from featurestore.training.columns import (
    CLASS_PROBABILITIES,
    EVENT_TIMESTAMP,
    FeatureKinds,
    TrainingColumns,
    feature_kinds,
    own_name,
    own_names,
    quoted,
)
from featurestore.training.preparation import finite_double, named_inputs, preparation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.ml import Transformer
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

    from featurestore.definitions.training import ClassWeights, TrainingSpec
    from featurestore.training.preparation import Stage

_WEIGHT = own_name("weight")
_PREDICTION = own_name("prediction")


def build_pipeline(
    schema: StructType, columns: TrainingColumns, spec: TrainingSpec, *, empty: Sequence[str] = ()
) -> Pipeline:
    """Build the stages that turn rows of `schema` into probabilities; no more for hundreds of features.

    `preparation` says what becomes of features. Those named in `empty` had no value while fitting.
    """
    algorithm = find_algorithm(spec.algorithm)
    kinds = feature_kinds(schema, columns.features, empty=empty)
    stages, vector = preparation(kinds, spec, scaled=algorithm.scaled)
    estimator = algorithm.build(**resolve_settings(spec.algorithm, spec.settings))
    # Columns of its own, so that none of the rows' is in the way.
    estimator.setFeaturesCol(vector).setLabelCol(columns.label).setPredictionCol(_PREDICTION)
    if spec.class_weights is not None:
        estimator.setWeightCol(_WEIGHT)
    if not algorithm.probabilities:
        return Pipeline(stages=[*stages, estimator, *_number_as_probability()])
    estimator.setProbabilityCol(CLASS_PROBABILITIES).setRawPredictionCol(own_name("raw_prediction"))
    return Pipeline(stages=[*stages, estimator])


def fit(rows: DataFrame, columns: TrainingColumns, spec: TrainingSpec) -> PipelineModel:
    """Fit a model; equal rows, in whatever order and partitions they come, give an equal model.

    NotEnoughRows where a class is absent, InvalidRequest where a label is neither 0 nor 1. The rows are read
    twice, to be checked and to be kept. With more than one partition equal rows give models equal up to rounding
    only, and where medians are filled in, up to a thousandth of the rows in a median's rank: that is how exact
    Spark's sketches are.
    """
    # Spark merges what partitions computed in the order in which they end. Sums of two partitions survive
    # that, for floating addition commutes (it does not associate: from three on, last bits differ). Means and
    # variances do not: Spark's Summarizer merges them by mean1 + (mean2 - mean1) * n2 / n, whose last bit
    # depends on which comes first, and every scaler and logistic regression starts from them. Nor do the
    # sketches behind medians. One partition leaves nothing to merge.
    kinds = feature_kinds(rows.schema, columns.features)
    # Counting reads the rows as they come; the first stage that learns from them keeps them for the others.
    found = _check(rows, columns, kinds)
    kept = _kept(rows, columns, kinds, infinite=found.infinite, partitions=spec.partitions).persist()
    try:
        first, *others = build_pipeline(rows.schema, columns, spec, empty=found.empty).getStages()
        named = named_inputs(feature_kinds(rows.schema, columns.features, empty=found.empty), number=quoted)
        told = {columns.label: F.col(quoted(columns.label))}
        if spec.class_weights is not None:
            told[_WEIGHT] = _weight(spec.class_weights, told[columns.label], found.negatives, found.positives)
        inputs = [*(value.alias(name) for name, value in told.items()), *(F.expr(one) for one in named)]
        # The first stage learns nothing, and what it does has been done to the rows that were kept.
        return PipelineModel([cast("Transformer", first), *_fitted(others, kept.select(*inputs), list(told))])
    finally:
        kept.unpersist()


def _fitted(stages: Sequence[Stage], rows: DataFrame, told: Sequence[str]) -> list[Transformer]:
    """The stages, fitted. From the vector on they see that and the columns `told`, kept in memory.

    Each of them passes over its rows several times, and would fill and encode every feature anew each time.
    """
    vector = own_name("inputs")
    place = 1 + next(number for number, one in enumerate(stages) if _output(one) == vector)
    prepared = Pipeline(stages=list(stages[:place])).fit(rows)
    vectors = prepared.transform(rows).select(*(F.col(quoted(name)) for name in told), vector).persist()
    try:
        return [*prepared.stages, *Pipeline(stages=list(stages[place:])).fit(vectors).stages]
    finally:
        vectors.unpersist()


def _output(stage: Stage) -> str | None:
    return stage.getOutputCol() if isinstance(stage, VectorAssembler) else None


def _kept(
    rows: DataFrame,
    columns: TrainingColumns,
    kinds: FeatureKinds,
    *,
    infinite: bool,
    partitions: int,
) -> DataFrame:
    """Label and features, numbers as finite doubles; in partitions by key, ordered by what is in the rows."""
    needed = [*columns.keys, columns.label, *columns.features]
    if EVENT_TIMESTAMP in rows.columns and EVENT_TIMESTAMP not in needed:
        needed.insert(len(columns.keys), EVENT_TIMESTAMP)
    wanted = [F.col(quoted(name)) for name in needed]
    by_key = wanted[: len(columns.keys)]
    # Sorted by every column, so that rows of equal keys have an order too. In several partitions the order still
    # decides which rows a forest draws.
    placed = rows.select(*wanted).repartition(partitions, *by_key).sortWithinPartitions(*wanted)
    return placed.select(
        *(F.col(quoted(name)) for name in (columns.label, *kinds.texts)),
        # Null and NaN are filled alike; telling infinite numbers from others costs much, and few rows have any.
        *(
            F.expr(finite_double(name)).alias(name)
            if infinite
            else F.col(quoted(name)).cast("double").alias(name)
            for name in kinds.numbers
        ),
    )


def _number_as_probability() -> list[Stage]:
    """The predicted number, cut off at 0 and 1, as the probability of class 1."""
    inside = f"least(greatest({_PREDICTION}, 0D), 1D)"
    both = own_names("class", 2)
    statement = f"SELECT *, 1 - {inside} AS {both[0]}, {inside} AS {both[1]} FROM __THIS__"  # noqa: S608 - our names
    return [
        SQLTransformer(statement=statement),
        VectorAssembler(inputCols=both, outputCol=CLASS_PROBABILITIES),
    ]


def _weight(weights: ClassWeights, label: Column, negatives: int, positives: int) -> Column:
    """The weight of a row of its class; without numbers both classes weigh half of all rows."""
    rows = negatives + positives
    negative = weights.negative if weights.negative is not None else rows / (2 * negatives)
    positive = weights.positive if weights.positive is not None else rows / (2 * positives)
    return F.when(label == 1, F.lit(float(positive))).otherwise(F.lit(float(negative)))


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Rows of each class, features without any value, and whether any number is infinite."""

    negatives: int
    positives: int
    empty: list[str]
    infinite: bool


def _check(rows: DataFrame, columns: TrainingColumns, kinds: FeatureKinds) -> _Found:
    """Check the labels and look what the features hold, in one pass."""
    label = F.col(quoted(columns.label)).cast("double")
    numbers = {name: F.col(quoted(name)).cast("double") for name in kinds.numbers}
    values = (
        F.count(F.expr(finite_double(name)) if name in numbers else F.col(quoted(name)))
        for name in columns.features
    )
    # One count over all: Spark compiles a pass of at most a hundred columns.
    infinite = reduce(or_, (F.abs(number) == math.inf for number in numbers.values()), F.lit(False))
    counts = rows.agg(
        F.count("*"),
        F.count(F.when(label == 0, 1)),
        F.count(F.when(label == 1, 1)),
        F.count(F.when(infinite, 1)),
        *values,
    ).first()
    total, negatives, positives, infinities, *with_value = counts or (0, 0, 0, 0)
    if negatives + positives < total:
        received = f"{total - negatives - positives} rows with neither"
        raise InvalidRequest(f"Label {columns.label!r}", expected="0 or 1 in every row", received=received)
    if not negatives or not positives:
        received = f"{positives} rows of class 1, {negatives} of class 0"
        raise NotEnoughRows(f"Label {columns.label!r}", expected="rows of both classes", received=received)
    return _Found(
        negatives=negatives,
        positives=positives,
        empty=[name for name, count in zip(columns.features, with_value, strict=True) if not count],
        infinite=infinities > 0,
    )
