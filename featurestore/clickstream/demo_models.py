"""The models of the demo: the champion, and a second one that is judged beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.clickstream.definitions import PURCHASE_WITHIN_WEEK
from featurestore.definitions.training import Condition, TrainingSpec
from featurestore.files import exists
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    EvaluateRequest,
    ReportModelRequest,
    ScoreRequest,
    SplitRequest,
    TrainRequest,
)
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.evaluate import evaluate
from featurestore.steps.models import promote_model
from featurestore.steps.report_model import report_model
from featurestore.steps.score import score
from featurestore.steps.split import split
from featurestore.steps.train import train

if TYPE_CHECKING:
    from featurestore.clickstream.demo_story import Story

MODEL = "purchase-week"
FIRST = TrainingSpec()
SECOND = TrainingSpec(
    algorithm="random_forest",
    segments=("user_activity__platform_last_30d",),
    gate=(
        Condition(metric="auc", at_least=0.6),
        Condition(metric="calibration_error", at_most=0.05),
        Condition(metric="log_loss", worse_than_champion_by_at_most=0),
        Condition(metric="pr_auc", worse_than_champion_by_at_most=0),
    ),
)


def ask_for_a_week(story: Story) -> dict[str, Any]:
    """Does the user buy within a week? Champion, challenger, and the champion's predictions.

    Gives the report of the challenger's evaluation.
    """
    name, root_uri = PURCHASE_WITHIN_WEEK.name, story.workspace.root_uri
    story.step(
        f"Build the training set {name}: a row per session end, does the user buy within a week?",
        lambda: build_training_set(
            story.workspace, BuildTrainingSetRequest(service=name, name=name)
        ).to_json(),
    )
    story.step(
        "Split it by user, 80 to 20",
        lambda: split(story.workspace, SplitRequest(training_set=name)).to_json(),
    )
    _model(story, name, MODEL, FIRST)
    story.step(
        f"Promote version 1 of {MODEL} to champion",
        lambda: promote_model(root_uri, model=MODEL, version=1, alias="champion").to_json(),
    )
    evaluated = _model(story, name, MODEL, SECOND, beside=" beside the champion, by its gate")
    story.step(
        f"Score every session end with the champion of {MODEL}",
        lambda: score(story.workspace, ScoreRequest(model=MODEL, alias="champion")).to_json(),
    )
    return evaluated


def show(story: Story, judged: dict[str, Any], *, page: str) -> None:
    """Writes the page of the version that was judged."""
    request = ReportModelRequest(model=MODEL, version=judged["version"], output=page)
    story.step(
        f"Write the page of {MODEL}, from the events to the verdict",
        lambda: report_model(story.workspace, request).to_json(),
        again=not exists(page),
    )


def _model(
    story: Story, training_set: str, model: str, spec: TrainingSpec, *, beside: str = ""
) -> dict[str, Any]:
    """The next version of a model; the report of its evaluation."""
    fit = TrainRequest(training_set=training_set, model=model, spec=msgspec.json.encode(spec).decode())
    algorithm = spec.algorithm.replace("_", " ")
    trained = story.step(f"Train {model} by {algorithm}", lambda: train(story.workspace, fit).to_json())
    measure = EvaluateRequest(training_set=training_set, model=model, version=trained["version"])
    return story.step(
        f"Evaluate {model} version {trained['version']}{beside}",
        lambda: evaluate(story.workspace, measure).to_json(),
    )
