"""Score rows with a model, and measure how good scores are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest
from featurestore.training.columns import CLASS_PROBABILITIES, quoted
from featurestore.training.metrics import metrics_from_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from pyspark.ml import PipelineModel
    from pyspark.sql import Column, DataFrame, Row

    from featurestore.training.metrics import Metrics

PROBABILITY = "probability"
PREDICTION = "prediction"
DEFAULT_THRESHOLD = 0.5


def predict(
    model: PipelineModel, rows: DataFrame, *, keep: Sequence[str], threshold: float = DEFAULT_THRESHOLD
) -> DataFrame:
    """Give each row its score: the columns `keep`, `probability` and `prediction`, nothing else.

    `probability` (double) is that of class 1; `prediction` (int) is 1 from `threshold` on, else 0. No label
    is needed. Null and unseen feature values are allowed (`build_pipeline` says what becomes of them).
    """
    taken = sorted({PROBABILITY, PREDICTION} & set(keep))
    if taken:
        raise InvalidRequest("keep", expected="no column that scoring makes", received=taken)
    probability = vector_to_array(F.col(CLASS_PROBABILITIES))[1]
    return (
        model.transform(rows)
        .withColumn(CLASS_PROBABILITIES, probability)
        .select(
            *(F.col(quoted(name)) for name in keep),
            F.col(CLASS_PROBABILITIES).alias(PROBABILITY),
            (F.col(CLASS_PROBABILITIES) >= threshold).cast("int").alias(PREDICTION),
        )
    )


@dataclass(frozen=True, kw_only=True)
class ScoreCounts:
    """Scored and labelled rows as one entry a distinct score, scores ascending."""

    scores: npt.NDArray[np.float64]
    positives: npt.NDArray[np.int64]
    negatives: npt.NDArray[np.int64]

    def metrics(self, *, threshold: float) -> Metrics:
        """What these scores are worth; NotEnoughRows without rows."""
        return metrics_from_counts(self.scores, self.positives, self.negatives, threshold=threshold)


def score_counts(scored: DataFrame, *, label: str) -> ScoreCounts:
    """Count the column `label` (0 or 1) by the column `probability`.

    The driver holds one entry a distinct score. InvalidRequest where a label is neither 0 nor 1 or a score is
    null.
    """
    return _counts(_grouped(scored, [], label=label), label=label)


def score_counts_by(scored: DataFrame, column: str, *, label: str) -> dict[str, ScoreCounts]:
    """The counts for each value of a column, as text; rows where it is null are under `null`."""
    rows = _grouped(
        scored, [F.coalesce(F.col(quoted(column)).cast("string"), F.lit("null")).alias("value")], label=label
    )
    values = sorted({row["value"] for row in rows})
    return {value: _counts([row for row in rows if row["value"] == value], label=label) for value in values}


def evaluate(scored: DataFrame, *, label: str, threshold: float = DEFAULT_THRESHOLD) -> Metrics:
    """Measure the column `probability` against the column `label` (0 or 1), exactly on all scores.

    The order of rows changes no bit: counts are whole numbers, and what follows from them is computed in the
    order of scores. Raises as `score_counts` does; NotEnoughRows without rows.
    """
    return score_counts(scored, label=label).metrics(threshold=threshold)


def _grouped(scored: DataFrame, by: Sequence[Column], *, label: str) -> list[Row]:
    truth = F.col(quoted(label)).cast("double")
    return (
        scored.groupBy(*by, F.col(PROBABILITY).cast("double").alias("score"))
        .agg(
            F.count(F.when(truth == 1, 1)).alias("positives"),
            F.count(F.when(truth == 0, 1)).alias("negatives"),
            F.count("*").alias("rows"),
        )
        .collect()
    )


def _counts(rows: Sequence[Row], *, label: str) -> ScoreCounts:
    unlabelled = sum(row["rows"] - row["positives"] - row["negatives"] for row in rows)
    if unlabelled:
        raise InvalidRequest(
            label, expected="0 or 1 in every row", received=f"{unlabelled} rows with neither"
        )
    unscored = sum(row["rows"] for row in rows if row["score"] is None)
    if unscored:
        raise InvalidRequest(PROBABILITY, expected="a number in every row", received=f"{unscored} nulls")
    ordered = sorted(rows, key=lambda row: row["score"])
    return ScoreCounts(
        scores=np.array([row["score"] for row in ordered], dtype=np.float64),
        positives=np.array([row["positives"] for row in ordered], dtype=np.int64),
        negatives=np.array([row["negatives"] for row in ordered], dtype=np.int64),
    )
