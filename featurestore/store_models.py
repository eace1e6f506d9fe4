"""The verbs of a `FeatureStore` on models: training sets, training, judgement, predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from featurestore.step_requests import (
    BuildTrainingSetRequest,
    EvaluateRequest,
    MeasureDriftRequest,
    ReportModelRequest,
    ScoreRequest,
    SplitBy,
    SplitRequest,
    TrainRequest,
)
from featurestore.store_arguments import choice_of, duration_of, spec_of, time_of
from featurestore.store_base import StoreBase

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from featurestore.definitions.training import TrainingSpec
    from featurestore.offline.frames import Frame
    from featurestore.step_reports import (
        EvaluateReport,
        MeasureDriftReport,
        ReportModelReport,
        ScoreReport,
        SplitReport,
        TrainingSetReport,
        TrainReport,
    )

    Part = Literal["all", "train", "test"]


class ModelVerbs(StoreBase):
    """Training sets built and read, models trained, measured and used."""

    def build_training_set(
        self,
        service: str,
        name: str,
        as_of: datetime | str | None = None,
        *,
        tables: str | None = None,
        only: str | None = None,
    ) -> TrainingSetReport:
        """Joins a service's labels with its features, point in time, and saves the rows under `name`.

        The tables are read as of a time, or at the commits that `tables` names (`table@instant,...`). With `only`,
        such as `platform=mobile`, the rows are those asked about at an event with that value. Raises
        `UnknownDefinition`, `TableNotFound`, `InstantError`, `FeaturesBehind`, `ArtifactExists`.

        >>> january = store.build_training_set("purchase_propensity", "january")
        >>> january.rows > january.positives > 0
        True
        """
        from featurestore.steps.build_training_set import build_training_set

        request = BuildTrainingSetRequest(
            service=service, name=name, as_of=time_of(as_of), tables=tables, only=only
        )
        return build_training_set(self._workspace(request), request)

    @overload
    def training_rows(self, name: str, part: Part = "all", *, frame: Literal["spark"]) -> DataFrame: ...
    @overload
    def training_rows(
        self, name: str, part: Part = "all", *, frame: Literal["pandas"] = "pandas"
    ) -> pd.DataFrame: ...
    @overload
    def training_rows(self, name: str, part: Part = "all", *, frame: Literal["arrow"]) -> pa.Table: ...
    def training_rows(
        self, name: str, part: Part = "all", *, frame: Frame = "pandas"
    ) -> DataFrame | pd.DataFrame | pa.Table:
        """The rows of a saved training set: all, or those of one side of its split.

        "pandas" and "arrow" are read now, in the order of `record_key`; "spark" is lazy and in no order. What
        is saved never changes. Raises `ArtifactNotFound`, also for a side of what was not divided yet.

        >>> rows = store.training_rows("january")
        >>> (len(rows), int(rows.buys_within_24h.sum())) == (january.rows, january.positives)
        True
        >>> store.training_rows("january", "test", frame="arrow").schema.field("event_timestamp").type
        TimestampType(timestamp[us, tz=UTC])
        """
        from featurestore.offline.frames import as_frame, frame_kind
        from featurestore.steps.saved_rows import SavedRows, TrainingPart

        kind, chosen = frame_kind(frame), choice_of("part", part, TrainingPart)
        root = self.profile.storage.root_uri
        workspace = self._workspace_after(lambda place: SavedRows(place.spark, root).folder_of(name, chosen))
        return as_frame(SavedRows(workspace.spark, root).rows_of(name, chosen), kind, order="record_key")

    def split(
        self, training_set: str, *, by: SplitBy | str = SplitBy.ENTITY, test_fraction: float = 0.2
    ) -> SplitReport:
        """Divides a training set by entity, or by time with a gap.

        Raises `ArtifactNotFound`, `ArtifactExists`, `NotEnoughRows`.

        >>> parts = store.split("january", by="entity", test_fraction=0.3)
        >>> parts.train_positives > 0 and parts.test_positives > 0
        True
        """
        from featurestore.steps.split import split

        request = SplitRequest(
            training_set=training_set, by=choice_of("by", by, SplitBy), test_fraction=test_fraction
        )
        return split(self._workspace(request), request)

    def train(
        self,
        training_set: str,
        model: str,
        *,
        algorithm: str | None = None,
        spec: TrainingSpec | str | None = None,
    ) -> TrainReport:
        """Fits the next version of a model on the train rows, with an algorithm's defaults or as a spec says.

        `spec` is a `TrainingSpec` or the path or URI of one in YAML. Raises `ArtifactNotFound`, `NotEnoughRows`,
        `DefinitionError`, `InvalidRequest`.

        >>> store.train("january", "propensity").version
        1
        >>> store.train("january", "propensity", algorithm="random_forest").version
        2
        """
        from featurestore.steps.train import train

        request = TrainRequest(
            training_set=training_set, model=model, algorithm=algorithm, spec=spec_of(spec)
        )
        return train(self._workspace(request), request)

    def evaluate(
        self,
        model: str,
        training_set: str,
        *,
        version: int | None = None,
        alias: str | None = None,
        threshold: float | None = None,
        gate: bool = False,
    ) -> EvaluateReport:
        """Measures a model on test rows: a version, what an alias stands for, or the newest.

        The threshold is the model's own unless given. With `gate` a condition of the model's spec that does not
        hold raises `GateFailed`. Raises `ArtifactNotFound`, `InvalidRequest`.

        >>> measured = store.evaluate("propensity", "january", version=1)
        >>> measured.metrics["rows"] == parts.test_rows and 0 <= measured.metrics["auc"] <= 1
        True
        """
        from featurestore.steps.evaluate import evaluate

        request = EvaluateRequest(
            model=model,
            training_set=training_set,
            version=version,
            alias=alias,
            threshold=threshold,
            gate=gate,
        )
        return evaluate(self._workspace(request), request)

    def score(
        self,
        model: str,
        *,
        version: int | None = None,
        alias: str | None = None,
        as_of: datetime | str | None = None,
        since: timedelta | str | None = None,
        tables: str | None = None,
        only: str | None = None,
    ) -> ScoreReport:
        """Predicts into the model's predictions table, with a version, what an alias stands for, or the newest.

        `since` keeps rows at most that much older than the newest event: a `timedelta`, or text such as `7d`.
        The tables are read as of a time, or at the commits that `tables` names (`table@instant,...`). `only` is
        that of `build_training_set`. Raises `ArtifactNotFound`, `TableNotFound`, `InstantError`, `FeaturesBehind`.

        >>> store.score("propensity", alias="champion", since="7d").version
        1
        """
        from featurestore.steps.score import score

        request = ScoreRequest(
            model=model,
            version=version,
            alias=alias,
            as_of=time_of(as_of),
            since=duration_of(since),
            tables=tables,
            only=only,
        )
        return score(self._workspace(request), request)

    def measure_drift(
        self,
        model: str,
        *,
        version: int | None = None,
        alias: str | None = None,
        tables: str | None = None,
        since: timedelta | str | None = None,
        threshold: float = 0.25,
    ) -> MeasureDriftReport:
        """Says how far current rows have moved from those that a model was trained on, feature by feature.

        Rows at most `since` (30 days) older than the newest event are current. Raises `ArtifactNotFound`,
        `FeaturesBehind`, `InvalidRequest`.

        >>> moved = store.measure_drift("propensity", alias="champion")
        >>> set(moved.drifted) <= set(moved.drift)
        True
        """
        from featurestore.steps.measure_drift import measure_drift

        request = MeasureDriftRequest(
            model=model,
            version=version,
            alias=alias,
            tables=tables,
            since=duration_of(since),
            threshold=threshold,
        )
        return measure_drift(self._workspace(request), request)

    def report_model(
        self,
        model: str,
        *,
        version: int | None = None,
        alias: str | None = None,
        training_set: str | None = None,
        since: timedelta | str | None = None,
        output: str | None = None,
    ) -> ReportModelReport:
        """Writes the page of an evaluated model: flow, rejected rows, features over time, drift, curves, verdict.

        `training_set` says whose evaluation; rows at most `since` (30 days) older than the newest event are current.
        `output` is a path or URI, `report.html` beside the model unless given. Raises `ArtifactNotFound`,
        `InvalidRequest`, `MissingPart`.

        >>> store.report_model("propensity", version=1, output="propensity.html").location
        'propensity.html'
        """
        from featurestore.steps.report_model import report_model

        request = ReportModelRequest(
            model=model,
            version=version,
            alias=alias,
            training_set=training_set,
            since=duration_of(since),
            output=output,
        )
        return report_model(self._workspace(request), request)
