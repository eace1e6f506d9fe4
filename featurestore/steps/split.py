"""Step `split`: divide a training set into train and test, once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.offline.encoding import key_of
from featurestore.progress import tell
from featurestore.step_reports import SplitReport
from featurestore.step_requests import SplitBy
from featurestore.steps.saved_manifests import SplitManifest, check_same
from featurestore.steps.saved_rows import SavedRows
from featurestore.training.split import Split, split_by_entity, split_by_time

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.step_requests import SplitRequest
    from featurestore.steps.saved_manifests import TrainingSetManifest
    from featurestore.steps.workspace import Workspace


def split(workspace: Workspace, request: SplitRequest) -> SplitReport:
    """Divides by entity, or by time with a gap of the longest window or the label horizon, whichever is longer.

    A training set is divided once: asked again it reports what exists, and raises `ArtifactExists` where that
    was divided differently. Raises `ArtifactNotFound`, `NotEnoughRows`.
    """
    saved = SavedRows(workspace.spark, workspace.root_uri)
    training_set = saved.existing_training_set(request.training_set)
    made_from = {
        "digest": training_set.digest,
        "by": request.by.value,
        "test_fraction": request.test_fraction,
    }
    found = saved.split(request.training_set)
    if found is not None:
        check_same(request.training_set, found, made_from)
        return _report(found, reused=True)
    tell(f"dividing {training_set.rows:,} rows by {request.by.value}")
    rows = saved.read(request.training_set, training_set.folder).persist()
    try:
        divided = _divide(rows, request, training_set)
        manifest = SplitManifest(
            training_set=request.training_set,
            training_set_digest=training_set.digest,
            by=request.by.value,
            test_fraction=request.test_fraction,
            train=saved.write(divided.train, request.training_set, kind="train"),
            test=saved.write(divided.test, request.training_set, kind="test"),
            train_rows=divided.train_rows,
            train_positives=_positives(divided.train, training_set.label),
            test_rows=divided.test_rows,
            test_positives=_positives(divided.test, training_set.label),
            gap_rows=divided.gap_rows,
        )
        return _report(saved.publish(request.training_set, manifest), reused=False)
    finally:
        rows.unpersist()


def _divide(rows: DataFrame, request: SplitRequest, training_set: TrainingSetManifest) -> Split:
    if request.by is SplitBy.TIME:
        gap = timedelta(seconds=max(training_set.longest_window_seconds, training_set.label_horizon_seconds))
        return split_by_time(rows, test_fraction=request.test_fraction, gap=gap)
    key_text = key_of(rows, training_set.keys)
    return split_by_entity(
        rows, keys=training_set.keys, test_fraction=request.test_fraction, key_text=key_text
    )


def _positives(rows: DataFrame, label: str) -> int:
    counted = rows.agg(F.sum(label)).first()
    return int(counted[0] or 0) if counted else 0


def _report(manifest: SplitManifest, *, reused: bool) -> SplitReport:
    return SplitReport(
        step="split",
        training_set=manifest.training_set,
        by=manifest.by,
        test_fraction=manifest.test_fraction,
        train_rows=manifest.train_rows,
        train_positives=manifest.train_positives,
        test_rows=manifest.test_rows,
        test_positives=manifest.test_positives,
        gap_rows=manifest.gap_rows,
        reused=reused,
    )
