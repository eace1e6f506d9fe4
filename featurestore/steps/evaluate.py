"""Step `evaluate`: measure a model on the test part of a training set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from featurestore.progress import tell
from featurestore.step_reports import EvaluateReport
from featurestore.steps.models import chosen_version
from featurestore.steps.saved_rows import SavedRows
from featurestore.training import evaluate as measuring
from featurestore.training.model_store import add_metrics, load_card, load_model

if TYPE_CHECKING:
    from featurestore.step_requests import EvaluateRequest
    from featurestore.steps.workspace import Workspace


def evaluate(workspace: Workspace, request: EvaluateRequest) -> EvaluateReport:
    """Scores the test rows and keeps the metrics beside the model's card.

    A metric that the rows do not define (no positive among them, say) is null, with the reason. Raises
    `ArtifactNotFound`, and `NotEnoughRows` without test rows.
    """
    root_uri = workspace.root_uri
    saved = SavedRows(workspace.spark, root_uri)
    training_set = saved.existing_training_set(request.training_set)
    division = saved.existing_split(request.training_set)
    version = chosen_version(root_uri, model=request.model, version=request.version, alias=request.alias)
    card = load_card(root_uri=root_uri, name=request.model, version=version)
    tell(f"evaluating {request.model} version {card.version} on {division.test_rows:,} rows")
    model = load_model(root_uri=root_uri, name=request.model, version=card.version)
    rows = saved.read(request.training_set, division.test)
    scored = measuring.predict(model, rows, keep=[training_set.label], threshold=request.threshold)
    metrics = measuring.evaluate(scored, label=training_set.label, threshold=request.threshold)
    add_metrics(
        metrics, root_uri=root_uri, name=request.model, version=card.version, evaluation=request.training_set
    )
    return EvaluateReport(
        step="evaluate",
        model=request.model,
        version=int(card.version),
        training_set=request.training_set,
        metrics=json.loads(metrics.to_json()),
    )
