"""Score rows with a model, and measure how good scores are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from featurestore.errors import InvalidRequest
from featurestore.training.columns import CLASS_PROBABILITIES, quoted
from featurestore.training.metrics import metrics_from_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame

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


def evaluate(scored: DataFrame, *, label: str, threshold: float = DEFAULT_THRESHOLD) -> Metrics:
    """Measure the column `probability` against the column `label` (0 or 1), exactly on all scores.

    The driver holds one entry a distinct score. The order of rows changes no bit: counts are whole numbers,
    and what follows from them is computed in the order of scores. InvalidRequest where a label is neither
    0 nor 1 or a score is null; NotEnoughRows without rows.
    """
    truth = F.col(quoted(label)).cast("double")
    by_score = (
        scored.groupBy(F.col(PROBABILITY).cast("double").alias("score"))
        .agg(
            F.count(F.when(truth == 1, 1)).alias("positives"),
            F.count(F.when(truth == 0, 1)).alias("negatives"),
            F.count("*").alias("rows"),
        )
        .collect()
    )
    unlabelled = sum(row["rows"] - row["positives"] - row["negatives"] for row in by_score)
    if unlabelled:
        raise InvalidRequest(
            label, expected="0 or 1 in every row", received=f"{unlabelled} rows with neither"
        )
    unscored = sum(row["rows"] for row in by_score if row["score"] is None)
    if unscored:
        raise InvalidRequest(PROBABILITY, expected="a number in every row", received=f"{unscored} nulls")
    return metrics_from_counts(
        np.array([row["score"] for row in by_score], dtype=np.float64),
        np.array([row["positives"] for row in by_score], dtype=np.int64),
        np.array([row["negatives"] for row in by_score], dtype=np.int64),
        threshold=threshold,
    )
