"""Fit models with Spark ML, so that equal rows give equal models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.ml import Estimator, Pipeline, Transformer
from pyspark.ml.classification import GBTClassifier, LogisticRegression
from pyspark.ml.feature import (
    Imputer,
    OneHotEncoder,
    SQLTransformer,
    StandardScaler,
    StringIndexer,
    VectorAssembler,
)
from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest, NotEnoughRows
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyspark.ml import PipelineModel
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

Setting = bool | int | float | str
Stage = Estimator[Any] | Transformer

_GREATEST_DOUBLE = "1.7976931348623157E308D"


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One way to fit a model: Spark's class, its settings in Spark's names, and what its inputs must be."""

    build: Callable[..., Any]
    settings: Mapping[str, Setting]
    """Every setting a caller may change, with its default; its type is the setting's type."""
    scaled: bool
    """Whether inputs are divided by their standard deviation."""


ALGORITHMS: Mapping[str, Algorithm] = {
    "logistic_regression": Algorithm(
        build=LogisticRegression,
        settings={
            "maxIter": 100,
            "regParam": 0.01,
            "elasticNetParam": 0.0,
            "tol": 1e-6,
            "fitIntercept": True,
        },
        scaled=True,
    ),
    "gradient_boosted_trees": Algorithm(
        build=GBTClassifier,
        settings={
            "maxIter": 20,
            "maxDepth": 4,
            "maxBins": 32,
            "stepSize": 0.1,
            "minInstancesPerNode": 1,
            "subsamplingRate": 1.0,
            "seed": 17,
        },
        scaled=False,
    ),
}


def resolve_settings(algorithm: str, settings: Mapping[str, Setting] | None = None) -> dict[str, Setting]:
    """Return all settings of a fit: the algorithm's own, replaced by those given; sorted by name.

    Equal fits have equal settings: 1 given for a number with a fraction becomes 1.0. InvalidRequest for an
    unknown algorithm, an unknown setting, or a value of another type.
    """
    defaults = _algorithm(algorithm).settings
    given = dict(settings or {})
    unknown = sorted(given.keys() - defaults.keys())
    if unknown:
        raise InvalidRequest(
            f"Settings of {algorithm}", expected=f"some of {sorted(defaults)}", received=unknown
        )
    return {
        name: _like(defaults[name], given.get(name, defaults[name]), name=name) for name in sorted(defaults)
    }


def build_pipeline(
    schema: StructType,
    columns: TrainingColumns,
    algorithm: str,
    settings: Mapping[str, Setting] | None = None,
    *,
    empty: Sequence[str] = (),
) -> Pipeline:
    """Build the stages that turn rows of `schema` into probabilities; no more for hundreds of features.

    Numbers become doubles, booleans 0 and 1; null, NaN and infinite values become the column's median. A
    string becomes one input per value seen while fitting; null and unseen values set none of them.
    Features named in `empty`, which had no value while fitting, are read as 0 whatever they hold later.
    """
    chosen = _algorithm(algorithm)
    kinds = feature_kinds(schema, columns.features, empty=empty)
    stages, inputs = _prepare(kinds)
    vector = own_name("inputs")
    stages.append(VectorAssembler(inputCols=inputs, outputCol=vector))
    if chosen.scaled:
        stages.append(StandardScaler(inputCol=vector, outputCol=own_name("scaled")))
        vector = own_name("scaled")
    classifier = chosen.build(
        featuresCol=vector, labelCol=columns.label, **resolve_settings(algorithm, settings)
    )
    # Columns of its own, so that none of the rows' is in the way.
    classifier.setProbabilityCol(CLASS_PROBABILITIES)
    classifier.setRawPredictionCol(own_name("raw_prediction")).setPredictionCol(own_name("prediction"))
    return Pipeline(stages=[*stages, classifier])


def fit(
    rows: DataFrame,
    columns: TrainingColumns,
    algorithm: str,
    *,
    settings: Mapping[str, Setting] | None = None,
    partitions: int = 1,
) -> PipelineModel:
    """Fit a model; equal rows, in whatever order and partitions they come, give an equal model.

    NotEnoughRows where a class is absent, InvalidRequest where a label is neither 0 nor 1. More than one
    partition is faster on many rows, and then equal rows give models equal up to rounding only.
    """
    # Spark merges what partitions computed in the order in which they end. Sums of two partitions survive
    # that, for floating addition commutes (it does not associate: from three on, last bits differ). Means and
    # variances do not: Spark's Summarizer merges them by mean1 + (mean2 - mean1) * n2 / n, whose last bit
    # depends on which comes first, and every scaler and logistic regression starts from them. Nor do the
    # sketches behind medians. One partition leaves nothing to merge.
    empty = _check(rows, columns)
    needed = [*columns.keys, columns.label, *columns.features]
    if EVENT_TIMESTAMP in rows.columns and EVENT_TIMESTAMP not in needed:
        needed.insert(len(columns.keys), EVENT_TIMESTAMP)
    wanted = [F.col(quoted(name)) for name in needed]
    by_key = wanted[: len(columns.keys)]
    # Sorted by every column, so that rows of equal keys have an order too.
    ordered = rows.select(*wanted).repartition(partitions, *by_key).sortWithinPartitions(*wanted).persist()
    try:
        return build_pipeline(rows.schema, columns, algorithm, settings, empty=empty).fit(ordered)
    finally:
        ordered.unpersist()


def _prepare(kinds: FeatureKinds) -> tuple[list[Stage], list[str]]:
    """Return the stages that make doubles and one-hot vectors of features, and the columns these are in."""
    statement = f"SELECT *, {_doubles(kinds)} FROM __THIS__"  # noqa: S608 - the names in it are quoted
    stages: list[Stage] = [SQLTransformer(statement=statement)]
    inputs: list[str] = []
    if kinds.numbers:
        filled = own_names("filled", len(kinds.numbers))
        stages.append(
            Imputer(strategy="median", inputCols=own_names("number", len(filled)), outputCols=filled)
        )
        inputs += filled
    if kinds.texts:
        indexes, vectors = (own_names(kind, len(kinds.texts)) for kind in ("index", "one_hot"))
        stages += [
            StringIndexer(
                inputCols=own_names("text", len(vectors)),
                outputCols=indexes,
                handleInvalid="keep",
                stringOrderType="alphabetAsc",
            ),
            OneHotEncoder(inputCols=indexes, outputCols=vectors),
        ]
        inputs += vectors
    return stages, [*inputs, *own_names("empty", len(kinds.empty))]


def _doubles(kinds: FeatureKinds) -> str:
    """SQL that gives each feature a name that every stage can read, and numbers as finite doubles."""
    selected = [f"{quoted(text)} AS {name}" for text, name in _named(kinds.texts, "text")]
    selected += [f"0D AS {name}" for _, name in _named(kinds.empty, "empty")]
    for number, name in _named(kinds.numbers, "number"):
        double = f"CAST({quoted(number)} AS DOUBLE)"
        finite = f"{double} BETWEEN -{_GREATEST_DOUBLE} AND {_GREATEST_DOUBLE}"
        selected.append(f"CASE WHEN {finite} THEN {double} END AS {name}")
    return ", ".join(selected)


def _named(features: Sequence[str], kind: str) -> Iterable[tuple[str, str]]:
    return zip(features, own_names(kind, len(features)), strict=True)


def _check(rows: DataFrame, columns: TrainingColumns) -> list[str]:
    """Check the labels; return the features that have no value in any row."""
    types = feature_kinds(rows.schema, columns.features)
    label = F.col(quoted(columns.label)).cast("double")
    counts = rows.agg(
        F.count("*"),
        F.count(F.when(label == 0, 1)),
        F.count(F.when(label == 1, 1)),
        *(F.count(F.when(_has_value(feature, types), 1)) for feature in columns.features),
    ).first()
    total, negatives, positives, *with_value = counts or (0, 0, 0)
    if negatives + positives < total:
        received = f"{total - negatives - positives} rows with neither"
        raise InvalidRequest(f"Label {columns.label!r}", expected="0 or 1 in every row", received=received)
    if not negatives or not positives:
        received = f"{positives} rows of class 1, {negatives} of class 0"
        raise NotEnoughRows(f"Label {columns.label!r}", expected="rows of both classes", received=received)
    return [feature for feature, count in zip(columns.features, with_value, strict=True) if not count]


def _has_value(feature: str, kinds: FeatureKinds) -> Column:
    column = F.col(quoted(feature))
    if feature in kinds.texts:
        return column.isNotNull()
    return F.abs(column.cast("double")) <= F.expr(_GREATEST_DOUBLE)  # neither null, nor NaN, nor infinite


def _algorithm(name: str) -> Algorithm:
    if name not in ALGORITHMS:
        raise InvalidRequest("algorithm", expected=f"one of {sorted(ALGORITHMS)}", received=name)
    return ALGORITHMS[name]


def _like(default: Setting, value: Setting, *, name: str) -> Setting:
    """The value as the default's type."""
    if type(value) is type(default):
        return value
    if isinstance(default, float) and type(value) is int:
        return float(value)
    raise InvalidRequest(f"Setting {name!r}", expected=f"a value such as {default!r}", received=value)
