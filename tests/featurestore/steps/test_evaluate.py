"""Measuring a model on rows it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from featurestore.definitions.training import Condition, Costs, TrainingSpec
from featurestore.errors import ArtifactNotFound, GateFailed, InvalidRequest
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
from featurestore.training.model_aliases import promote
from featurestore.training.model_versions import load_card

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


SPEC = TrainingSpec(
    costs=Costs(false_negative=5),
    segments=("page",),
    gate=(
        Condition(metric="auc", at_least=0.99),
        Condition(metric="cost", worse_than_champion_by_at_most=1000),
        Condition(metric="brier", at_most=1, segment="page"),
    ),
)


def test_a_model_is_measured_beside_the_champion_by_segment_and_judged(open_shop: Workspace) -> None:
    spec = msgspec.json.encode(SPEC).decode()
    trees = TrainRequest(training_set="visits", model="judged", algorithm="gradient_boosted_trees")
    train(open_shop, TrainRequest(training_set="visits", model="judged"))
    train(open_shop, trees)
    train(open_shop, TrainRequest(training_set="visits", model="judged", spec=spec))
    promote("champion", root_uri=open_shop.root_uri, name="judged", version="1")

    report = evaluate(open_shop, EvaluateRequest(model="judged", training_set="visits"))

    alone = evaluate(open_shop, EvaluateRequest(model="judged", training_set="visits", version=1))
    assert (report.version, report.champion_version, report.champion) == (3, 1, alone.metrics)
    assert (alone.champion_version, alone.gate, alone.passed) == (None, (), True)
    assert sum(part["rows"] for part in report.segments["page"].values()) == report.metrics["rows"]
    assert report.calibration["brier"] < 0.25
    assert sum(part["rows"] for part in report.calibration["bins"]) == report.metrics["rows"]
    wrong = report.metrics["confusion"]
    assert report.cost == (wrong["false_positive"] + 5 * wrong["false_negative"]) / report.metrics["rows"]
    assert [verdict.passed for verdict in report.gate] == [False, True, True]
    assert report.gate[0].short_by == pytest.approx(0.99 - report.metrics["auc"])
    assert not report.passed


def test_a_failing_gate_fails_the_step_where_asked_and_keeps_the_metrics(open_shop: Workspace) -> None:
    spec = msgspec.json.encode(SPEC).decode()
    train(open_shop, TrainRequest(training_set="visits", model="gated", spec=spec))

    with pytest.raises(GateFailed, match=r"auc at least 0.99: 0.*short by"):
        evaluate(open_shop, EvaluateRequest(model="gated", training_set="visits", gate=True))

    assert "visits" in load_card(root_uri=open_shop.root_uri, name="gated").metrics


def test_a_segment_that_the_rows_lack_is_refused(open_shop: Workspace) -> None:
    spec = msgspec.json.encode(TrainingSpec(segments=("planet",))).decode()
    train(open_shop, TrainRequest(training_set="visits", model="segmented", spec=spec))

    with pytest.raises(InvalidRequest, match="planet"):
        evaluate(open_shop, EvaluateRequest(model="segmented", training_set="visits"))
