"""Step `measure_drift`: how far current rows have moved from those that a model was trained on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from featurestore.progress import tell
from featurestore.step_reports import MeasureDriftReport
from featurestore.steps.feature_drift import feature_drift
from featurestore.steps.models import chosen_version, service_of_model
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.service_inputs import read_service_inputs
from featurestore.training.model_versions import load_card

if TYPE_CHECKING:
    from featurestore.step_requests import MeasureDriftRequest
    from featurestore.steps.workspace import Workspace

CURRENT = timedelta(days=30)
"""How much older than the newest event rows may be that drift is measured on, unless the request says."""


def measure_drift(workspace: Workspace, request: MeasureDriftRequest) -> MeasureDriftReport:
    """The population stability index of each feature of a model, current rows against its train rows.

    Current rows need no label yet. Raises `ArtifactNotFound`, `FeaturesBehind`, and `InvalidRequest` where the
    service changed since the training.
    """
    root_uri = workspace.root_uri
    version = chosen_version(root_uri, model=request.model, version=request.version, alias=request.alias)
    card = load_card(root_uri=root_uri, name=request.model, version=version)
    service = service_of_model(workspace, card)
    saved = SavedRows(workspace.spark, root_uri)
    division = saved.existing_split(card.training_set)
    inputs = read_service_inputs(workspace, service, as_of=None, tables=request.tables)
    since = CURRENT if request.since is None else request.since
    tell(f"comparing current rows with the train rows of {card.name} version {card.version}")
    train_rows = saved.read(card.training_set, division.train)
    found = feature_drift(train_rows, inputs, service, features=card.features, since=since)
    return MeasureDriftReport(
        step="measure_drift",
        model=card.name,
        version=int(card.version),
        training_set=card.training_set,
        instants=inputs.instants,
        train_rows=found.train_rows,
        current_rows=found.current_rows,
        since_seconds=int(since.total_seconds()),
        threshold=request.threshold,
        drift={one.feature: one.index for one in found.features},
        drifted=tuple(
            one.feature for one in found.features if one.index is not None and one.index >= request.threshold
        ),
    )
