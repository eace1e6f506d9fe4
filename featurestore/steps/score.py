"""Step `score`: predictions for every row a service asks about, into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import functions as F

from featurestore.errors import NotEnoughRows, RowCountMismatch
from featurestore.offline.encoding import key_of, table_digest
from featurestore.offline.point_in_time import with_row_numbers
from featurestore.offline.service_rows import with_features
from featurestore.progress import tell
from featurestore.step_reports import ScoreReport
from featurestore.steps.models import chosen_version, service_of_model
from featurestore.steps.service_inputs import checked_only, read_service_inputs, spine_since
from featurestore.training.evaluate import predict
from featurestore.training.model_store import load_model
from featurestore.training.model_versions import load_card

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from featurestore.step_requests import ScoreRequest
    from featurestore.steps.service_inputs import ServiceInputs
    from featurestore.steps.workspace import Workspace

MODEL_VERSION = "model_version"


def score(workspace: Workspace, request: ScoreRequest) -> ScoreReport:
    """Predicts with features as of `as_of` and upserts into `predictions/<model>`.

    One row per model version and spine row; scoring again replaces. The label need not be known yet. Raises
    `ArtifactNotFound`, `FeaturesBehind`, and `InvalidRequest` where the service changed since the training.
    """
    root_uri = workspace.root_uri
    version = chosen_version(root_uri, model=request.model, version=request.version, alias=request.alias)
    card = load_card(root_uri=root_uri, name=request.model, version=version)
    service = service_of_model(workspace, card)
    only = checked_only(workspace, service, request.only)
    inputs = read_service_inputs(workspace, service, as_of=request.as_of, tables=request.tables)
    spine = with_row_numbers(spine_since(inputs, service, since=request.since, only=only))
    asked = spine.count()
    if not asked:
        raise NotEnoughRows(f"Service {service.name!r}", expected="rows to score", received=asked)
    tell(f"scoring {asked:,} rows with {request.model} version {card.version}")
    rows = with_features(spine, inputs.features, service)
    model = load_model(root_uri=root_uri, name=request.model, version=card.version)
    keep = [*service.spine_columns, "event_timestamp"]
    predictions = _predictions(
        predict(model, rows, keep=keep, threshold=card.threshold), keep, int(card.version), inputs
    )
    kept = predictions.persist(StorageLevel.DISK_ONLY)
    try:
        return _write(workspace, request, kept, inputs, asked=asked, version=int(card.version))
    finally:
        kept.unpersist()


def _predictions(scored: DataFrame, keep: list[str], version: int, inputs: ServiceInputs) -> DataFrame:
    numbered = scored.withColumn(MODEL_VERSION, F.lit(version).cast("bigint"))
    keyed = numbered.withColumn("record_key", key_of(numbered, [MODEL_VERSION, *keep]))
    return keyed.select(
        "record_key",
        *keep,
        MODEL_VERSION,
        "probability",
        "prediction",
        F.lit(int(str(inputs.source_instant))).cast("bigint").alias("version"),
        F.lit(False).alias("is_deleted"),
        F.date_format("event_timestamp", "yyyy-MM").alias("event_month"),
    )


def _write(
    workspace: Workspace,
    request: ScoreRequest,
    predictions: DataFrame,
    inputs: ServiceInputs,
    *,
    asked: int,
    version: int,
) -> ScoreReport:
    counted = predictions.agg(F.count("*"), F.avg("probability")).first()
    rows, mean = (counted[0], float(counted[1])) if counted else (0, 0.0)
    if rows != asked:
        raise RowCountMismatch("score", expected=asked, received=rows)
    table = workspace.lake.table(f"predictions/{request.model}")
    table.create_if_absent(predictions.schema)
    tell(f"writing {rows:,} predictions to {table.name}")
    commit = table.upsert(predictions, metadata={"model_version": str(version)})
    return ScoreReport(
        step="score",
        model=request.model,
        version=version,
        table=table.name,
        rows=rows,
        instant=str(commit.instant),
        instants=inputs.instants,
        mean_probability=mean,
        digest=table_digest(predictions, leave_out=["version"]),
    )
