"""Step `build_training_set`: label rows of a service with its features, saved with what they were made from."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import functions as F

from featurestore.definitions import definition_hash
from featurestore.errors import NotEnoughRows, RowCountMismatch
from featurestore.offline.encoding import table_digest
from featurestore.offline.labels import ripe, session_ends, with_label
from featurestore.offline.point_in_time import with_row_numbers
from featurestore.offline.service_rows import RECORD_KEY, with_features
from featurestore.progress import tell
from featurestore.step_reports import TrainingSetReport
from featurestore.steps.saved_manifests import TrainingSetManifest, check_same
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.service_inputs import checked_only, read_service_inputs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureService
    from featurestore.step_requests import BuildTrainingSetRequest
    from featurestore.steps.service_inputs import ServiceInputs
    from featurestore.steps.workspace import Workspace


def build_training_set(workspace: Workspace, request: BuildTrainingSetRequest) -> TrainingSetReport:
    """Joins the service's labels with its features as of `as_of` and saves the rows under `name`.

    A training set never changes: one made from the same definitions and instants is used again, and
    `ArtifactExists` is raised where the name holds another. Raises `FeaturesBehind`, `NotEnoughRows`.
    """
    service = workspace.project.service(request.service)
    saved = SavedRows(workspace.spark, workspace.root_uri)
    inputs = read_service_inputs(workspace, service, as_of=request.as_of, tables=request.tables)
    made_from = {
        "service": service.name,
        "service_hash": definition_hash(service),
        "instants": inputs.instants,
        "only": request.only,
    }
    found = saved.training_set(request.name)
    if found is not None:
        check_same(request.name, found, made_from)
        return _report(found, saved, reused=True)
    tell(f"labelling for {service.name}")
    spine = session_ends(inputs.events, service.spine, only=checked_only(workspace, service, request.only))
    labelled = with_label(spine, inputs.events, service)
    labels = with_row_numbers(ripe(labelled, service, newest_event_micros=inputs.newest_event_micros))
    manifest = _save(workspace, saved, request, inputs, service=service, labels=labels, spine=spine)
    return _report(manifest, saved, reused=False)


def _save(
    workspace: Workspace,
    saved: SavedRows,
    request: BuildTrainingSetRequest,
    inputs: ServiceInputs,
    *,
    service: FeatureService,
    labels: DataFrame,
    spine: DataFrame,
) -> TrainingSetManifest:
    asked, positives = _count(labels, service.label.name)
    if not asked:
        raise NotEnoughRows(
            f"Service {service.name!r}", expected="label rows whose horizon has passed", received=asked
        )
    tell(f"joining {asked:,} label rows with {len(service.feature_columns)} features")
    rows = with_features(labels, inputs.features, service).orderBy(RECORD_KEY)
    folder, digest = _write(saved, request.name, rows, asked=asked)
    manifest = TrainingSetManifest(
        name=request.name,
        service=service.name,
        service_hash=definition_hash(service),
        profile=workspace.profile.name,
        instants=inputs.instants,
        as_of=request.as_of,
        only=request.only,
        known_as_of="latest",
        rows=asked,
        positives=positives,
        unripe_rows=spine.count() - asked,
        digest=digest,
        folder=folder,
        keys=service.spine.entity.join_keys,
        features=service.feature_columns,
        label=service.label.name,
        label_horizon_seconds=math.ceil(service.label.horizon.total_seconds()),
        longest_window_seconds=_longest_window_seconds(service),
        created_at=datetime.now(timezone.utc),
    )
    return saved.publish(request.name, manifest)


def _longest_window_seconds(service: FeatureService) -> int:
    return math.ceil(max(view.longest_window for view in service.views).total_seconds())


def _write(saved: SavedRows, name: str, rows: DataFrame, *, asked: int) -> tuple[str, str]:
    """The folder and the digest of the joined rows, of which there must be as many as were asked for."""
    kept = rows.persist(StorageLevel.DISK_ONLY)
    try:
        joined = kept.count()
        if joined != asked:
            raise RowCountMismatch("build_training_set", expected=asked, received=joined)
        return saved.write(kept, name, kind="rows"), table_digest(kept)
    finally:
        kept.unpersist()


def _count(labels: DataFrame, label: str) -> tuple[int, int]:
    counted = labels.agg(F.count("*"), F.sum(label)).first()
    return (counted[0], int(counted[1] or 0)) if counted else (0, 0)


def _report(manifest: TrainingSetManifest, saved: SavedRows, *, reused: bool) -> TrainingSetReport:
    return TrainingSetReport(
        step="build_training_set",
        training_set=manifest.name,
        service=manifest.service,
        service_hash=manifest.service_hash,
        location=saved.folder(manifest.name),
        instants=manifest.instants,
        as_of=manifest.as_of,
        rows=manifest.rows,
        positives=manifest.positives,
        unripe_rows=manifest.unripe_rows,
        digest=manifest.digest,
        reused=reused,
    )
