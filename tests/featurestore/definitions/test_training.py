"""Training specs: YAML or Python, checked when they are made."""

from __future__ import annotations

from typing import Any

import pytest

from featurestore.definitions.base import definition_hash, from_json
from featurestore.definitions.training import (
    ClassWeights,
    Condition,
    Costs,
    Encoding,
    Fill,
    Scaling,
    TrainingSpec,
    spec_from_yaml,
)
from featurestore.errors import DefinitionError

YAML = """
algorithm: random_forest
settings: {numTrees: 10}
fill_by_feature: {price: mean}
encoding: index
scaling: min_max
class_weights: {}
costs: {false_negative: 20}
segments: [page]
gate:
  - {metric: auc, at_least: 0.6, segment: page}
  - {metric: cost, worse_than_champion_by_at_most: 0}
"""
PYTHON = TrainingSpec(
    algorithm="random_forest",
    settings={"numTrees": 10},
    fill_by_feature={"price": Fill.MEAN},
    encoding=Encoding.INDEX,
    scaling=Scaling.MIN_MAX,
    class_weights=ClassWeights(),
    costs=Costs(false_negative=20),
    segments=("page",),
    gate=(
        Condition(metric="auc", at_least=0.6, segment="page"),
        Condition(metric="cost", worse_than_champion_by_at_most=0),
    ),
)


def test_yaml_and_python_and_json_say_the_same() -> None:
    assert spec_from_yaml(YAML) == PYTHON
    assert from_json(TrainingSpec, PYTHON.to_json()) == PYTHON
    assert definition_hash(spec_from_yaml(YAML)) == definition_hash(PYTHON)
    assert spec_from_yaml("") == TrainingSpec()


@pytest.mark.parametrize(
    "text",
    [
        "algorithm: [",
        "- a",
        "algorithms: logistic_regression",
        "fill: guess",
        "partitions: 0",
        "features: [a, a]",
        "class_weights: {positive: 2}",
        "class_weights: {positive: 0, negative: 1}",
        "costs: {false_positive: -1}",
        "costs: {false_positive: 0, false_negative: 0}",
        "gate: [{metric: beauty, at_least: 1}]",
        "gate: [{metric: auc}]",
        "gate: [{metric: auc, at_least: 1, at_most: 2}]",
        "gate: [{metric: auc, at_least: 1, segment: page}]",
        "gate: [{metric: cost, at_most: 1}]",
        "algorithm: !!python/object/apply:os.system [echo]",
    ],
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        spec_from_yaml(text, subject="spec.yaml")


@pytest.mark.parametrize(
    "changes",
    [
        {"features": ("b",)},
        {"fill_by_feature": {"b": Fill.MEAN}},
        {"encoding_by_feature": {"b": Encoding.INDEX}},
    ],
)
def test_features_that_a_training_set_lacks_are_named(changes: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="got 'b'"):
        TrainingSpec(**changes).check_features(["a"])

    TrainingSpec().check_features(["a"])
