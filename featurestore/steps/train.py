"""Step `train`: fit a model on the train part of a training set and save it with its card."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from featurestore import __version__
from featurestore.files import join_uri
from featurestore.progress import tell
from featurestore.step_reports import TrainReport
from featurestore.steps.saved_rows import SavedRows
from featurestore.training.columns import TrainingColumns
from featurestore.training.model_card import ModelCard
from featurestore.training.model_store import find_version, load_card, save_model
from featurestore.training.train import fit, resolve_settings

if TYPE_CHECKING:
    from featurestore.step_requests import TrainRequest
    from featurestore.steps.saved_rows import SplitManifest, TrainingSetManifest
    from featurestore.steps.workspace import Workspace


def train(workspace: Workspace, request: TrainRequest) -> TrainReport:
    """Trains the next version of the model; one trained alike from equal rows is used again.

    Raises `ArtifactNotFound` without a split, `NotEnoughRows` where a class is absent.
    """
    saved = SavedRows(workspace.spark, workspace.root_uri)
    training_set = saved.existing_training_set(request.training_set)
    division = saved.existing_split(request.training_set)
    card = _card(request, training_set, division)
    root_uri = workspace.root_uri
    version = find_version(card, root_uri=root_uri, name=request.model)
    reused = version is not None
    if version is None:
        tell(f"training {request.model} ({card.algorithm}) on {division.train_rows:,} rows")
        rows = saved.read(request.training_set, division.train)
        columns = TrainingColumns(
            keys=training_set.keys, label=training_set.label, features=training_set.features
        )
        model = fit(rows, columns, card.algorithm)
        version = save_model(model, card, root_uri=root_uri, name=request.model)
    kept = load_card(root_uri=root_uri, name=request.model, version=version)
    return TrainReport(
        step="train",
        model=request.model,
        version=int(version),
        algorithm=kept.algorithm,
        location=join_uri(root_uri, "models", request.model, version),
        train_rows=kept.train_rows,
        train_positives=kept.train_positives,
        features=len(kept.features),
        reused=reused,
    )


def _card(request: TrainRequest, training_set: TrainingSetManifest, division: SplitManifest) -> ModelCard:
    return ModelCard(
        name=request.model,
        algorithm=request.algorithm.value,
        settings=resolve_settings(request.algorithm.value),
        service=training_set.service,
        service_hash=training_set.service_hash,
        training_set=training_set.name,
        training_set_digest=f"{training_set.digest}/{division.by}/{division.test_fraction}",
        instants=training_set.instants,
        features=training_set.features,
        keys=training_set.keys,
        label=training_set.label,
        label_horizon_seconds=training_set.label_horizon_seconds,
        train_rows=division.train_rows,
        train_positives=division.train_positives,
        code_version=__version__,
        created_at=datetime.now(timezone.utc),
    )
