"""Measuring a model on rows it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactNotFound
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    EvaluateRequest,
    SplitBy,
    SplitRequest,
    TrainRequest,
)
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.evaluate import evaluate
from featurestore.steps.split import split
from featurestore.steps.train import train
from featurestore.training.model_store import load_card

if TYPE_CHECKING:
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


def test_metrics_are_reported_and_kept_beside_the_card(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="measured"))

    report = evaluate(open_shop, EvaluateRequest(model="measured", training_set="visits"))

    kept = load_card(root_uri=open_shop.root_uri, name="measured").metrics["visits"]
    assert report.metrics["auc"] == kept.auc
    assert report.metrics["auc"] > 0.6  # the last page tells most of it
    assert evaluate(open_shop, EvaluateRequest(model="measured", training_set="visits")) == report


def test_a_metric_that_the_rows_do_not_define_is_null_with_the_reason(open_shop: Workspace) -> None:
    build_training_set(open_shop, BuildTrainingSetRequest(service="buyers", name="no_buyers"))
    split(open_shop, SplitRequest(training_set="no_buyers", by=SplitBy.TIME, test_fraction=0.2))
    train(open_shop, TrainRequest(training_set="no_buyers", model="unmeasured"))

    report = evaluate(open_shop, EvaluateRequest(model="unmeasured", training_set="no_buyers"))

    assert report.metrics["auc"] is None
    assert report.metrics["recall"] is None
    assert report.metrics["reasons"]["auc"] == report.metrics["reasons"]["recall"] == "no row is positive"


def test_an_unknown_version_is_refused(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="measured"))

    with pytest.raises(ArtifactNotFound):
        evaluate(open_shop, EvaluateRequest(model="measured", training_set="visits", version=7))
