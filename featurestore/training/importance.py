"""What a fitted model goes by: each feature's share, as the model itself tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sqlglot
from pyspark.ml.feature import SQLTransformer
from pyspark.ml.stat import Summarizer
from sqlglot import expressions

from featurestore.training.columns import own_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame

_PREPARED = {"number": "filled", "text": "encoded"}
"""Under which name the inputs go on that the first stage of a pipeline names so."""


def importance(model: PipelineModel, rows: DataFrame, features: Sequence[str]) -> dict[str, float]:
    """Each feature's share, greatest first, together 1; a feature that changes nothing has 0.

    Trees tell how much each input lessened impurity. Of a linear model an input counts as its coefficient times
    its standard deviation on `rows`, without sign. The inputs made of one text are added up. Empty where the
    algorithm tells neither, or where no input changes anything.
    """
    fitted = next((stage for stage in reversed(model.stages) if _tells(stage)), None)
    if fitted is None:
        return {}
    prepared = model.transform(rows)
    weights = _weights(fitted, prepared)
    total = float(weights.sum())
    if not total:
        return {}
    named = _features_of_columns(model)
    shares = dict.fromkeys(features, 0.0)
    for name, place in _inputs(prepared):
        # A text's inputs are named <column>_<text>.
        column = max((column for column in named if f"{name}_".startswith(f"{column}_")), key=len, default="")
        if column:
            shares[named[column]] += float(weights[place]) / total
    return dict(sorted(shares.items(), key=lambda share: (-share[1], share[0])))


def _tells(stage: Any) -> bool:
    return hasattr(stage, "featureImportances") or hasattr(stage, "coefficients")


def _weights(fitted: Any, prepared: DataFrame) -> npt.NDArray[np.float64]:
    """The weight of each place of the vector."""
    if hasattr(fitted, "featureImportances"):
        return np.asarray(fitted.featureImportances.toArray(), dtype=np.float64)
    vector = prepared.select(Summarizer.std(prepared[fitted.getFeaturesCol()])).first()
    spread = vector[0].toArray() if vector else 0.0
    return np.abs(np.asarray(fitted.coefficients.toArray(), dtype=np.float64) * spread)


def _inputs(prepared: DataFrame) -> list[tuple[str, int]]:
    """The places of the vector with the column that each comes from; Spark keeps them with the column's type."""
    described = prepared.schema[own_name("inputs")].metadata["ml_attr"]["attrs"]
    return [(one["name"], one["idx"]) for kind in described.values() for one in kind]


def _features_of_columns(model: PipelineModel) -> dict[str, str]:
    """Which feature each prepared column holds, as the pipeline's first stage says."""
    first = model.stages[0]
    found: dict[str, str] = {}
    if not isinstance(first, SQLTransformer):
        return found
    query = sqlglot.parse_one(first.getStatement() or "", dialect="spark")
    for projection in query.find_all(expressions.Alias):
        column = projection.find(expressions.Column)
        kind, _, number = projection.alias.removeprefix(own_name("")).rpartition("_")
        if column is not None and kind in _PREPARED:
            found[f"{own_name(_PREPARED[kind])}_{number}"] = column.name
    return found
