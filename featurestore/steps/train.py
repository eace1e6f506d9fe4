"""Step `train`: fit a model on the train part of a training set and save it with its card."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

from featurestore import __version__
from featurestore.files import join_uri
from featurestore.progress import tell
from featurestore.step_reports import TrainReport
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.train_spec import spec_of
from featurestore.training.algorithms import resolve_settings
from featurestore.training.columns import TrainingColumns
from featurestore.training.evaluate import predict, score_counts
from featurestore.training.judgement import cheapest_threshold
from featurestore.training.model_card import ModelCard
from featurestore.training.model_store import save_model
from featurestore.training.model_versions import find_version, load_card
from featurestore.training.train import fit

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame

    from featurestore.definitions.training import TrainingSpec
    from featurestore.step_requests import TrainRequest
    from featurestore.steps.saved_manifests import SplitManifest, TrainingSetManifest
    from featurestore.steps.workspace import Workspace


def train(workspace: Workspace, request: TrainRequest) -> TrainReport:
    """Trains the next version of the model; one trained alike from equal rows is used again.

    With costs in the spec the threshold is the cheapest one on the train rows. Raises `ArtifactNotFound` without
    a split, `NotEnoughRows` where a class is absent, `DefinitionError` for a spec that does not fit the rows.
    """
    spec = spec_of(request)
    saved = SavedRows(workspace.spark, workspace.root_uri)
    training_set = saved.existing_training_set(request.training_set)
    spec.check_features(training_set.features)
    division = saved.existing_split(request.training_set)
    card = _card(request, spec, training_set, division)
    root_uri = workspace.root_uri
    version = find_version(card, root_uri=root_uri, name=request.model)
    reused = version is not None
    if version is None:
        tell(f"training {request.model} ({card.algorithm}) on {division.train_rows:,} rows")
        rows = saved.read(request.training_set, division.train)
        columns = TrainingColumns(keys=card.keys, label=card.label, features=card.features)
        model = fit(rows, columns, spec)
        card = replace(card, threshold=_threshold(model, rows, card, spec))
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
        threshold=kept.threshold,
        reused=reused,
    )


def _threshold(model: PipelineModel, rows: DataFrame, card: ModelCard, spec: TrainingSpec) -> float:
    """Chosen on the train rows: on the test rows it would flatter the model that is measured there."""
    if spec.costs is None:
        return card.threshold
    counts = score_counts(predict(model, rows, keep=[card.label]), label=card.label)
    return cheapest_threshold(counts.scores, counts.positives, counts.negatives, spec.costs)[0]


def _card(
    request: TrainRequest, spec: TrainingSpec, training_set: TrainingSetManifest, division: SplitManifest
) -> ModelCard:
    return ModelCard(
        name=request.model,
        algorithm=spec.algorithm,
        settings=resolve_settings(spec.algorithm, spec.settings),
        spec=msgspec.json.decode(msgspec.json.encode(spec)),
        service=training_set.service,
        service_hash=training_set.service_hash,
        training_set=training_set.name,
        training_set_digest=f"{training_set.digest}/{division.by}/{division.test_fraction}",
        instants=training_set.instants,
        features=spec.features or training_set.features,
        keys=training_set.keys,
        label=training_set.label,
        label_horizon_seconds=training_set.label_horizon_seconds,
        train_rows=division.train_rows,
        train_positives=division.train_positives,
        code_version=__version__,
        created_at=datetime.now(timezone.utc),
    )
