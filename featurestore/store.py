"""The object a data scientist holds: every method is one call to a step, and Spark starts with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config import Profile, load_profile
from featurestore.definitions import load_project
from featurestore.errors import InvalidRequest
from featurestore.step_requests import (
    ApplyRequest,
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    EvaluateRequest,
    HistoryRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    PlanRequest,
    ReadRequest,
    ReportModelRequest,
    ScoreRequest,
    SplitBy,
    SplitRequest,
    TrainRequest,
)
from featurestore.store_arguments import choice_of, duration_of, spec_of, time_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from pyspark.sql import DataFrame

    from featurestore.definitions import Project
    from featurestore.definitions.training import TrainingSpec
    from featurestore.step_reports import (
        AliasReport,
        ApplyReport,
        ComputeFeaturesReport,
        EvaluateReport,
        HistoryReport,
        IngestReport,
        ModelsReport,
        PlanReport,
        ReadReport,
        ReportModelReport,
        ScoreReport,
        SplitReport,
        TrainingSetReport,
        TrainReport,
    )
    from featurestore.step_requests import Request
    from featurestore.steps.workspace import Workspace


class FeatureStore:
    """A lake with its definitions, as one profile describes them.

    `profile` is a name, the path of a YAML file, or a loaded `Profile`; `overrides` has dotted keys, such as
    `{"storage.root_uri": "/tmp/lake"}`. `project` takes the place of the profile's own. Times are aware
    datetimes, or ISO 8601 text with a zone; `as_of` is what a reader saw at that time, and absent: now.

        store = FeatureStore("local")
        store.ingest_batch("clickstream", "events/*.csv")
        store.compute_features("user_activity")
        rows = store.read("features/user_activity", as_of="2024-06-01T00:00:00Z")
    """

    def __init__(
        self,
        profile: str | Profile | None = None,
        *,
        project: Project | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> None:
        if isinstance(profile, Profile) and overrides:
            raise InvalidRequest(
                "FeatureStore", expected="overrides with the name of a profile", received="a loaded Profile"
            )
        self.profile = profile if isinstance(profile, Profile) else load_profile(profile, overrides=overrides)
        self.project = project or load_project(self.profile.project)

    def plan(self) -> PlanReport:
        """What putting the project's definitions in force would change; nothing is written."""
        from featurestore.steps.plan import plan

        request = PlanRequest()
        return plan(self._workspace(request), request)

    def apply(self, plan: str | None = None) -> ApplyReport:
        """Puts the project's definitions in force; given the id of a plan, only if it still holds.

        Raises `BreakingChange` where a change needs a version, `RegistryMoved` where another was faster.
        """
        from featurestore.steps.apply import apply

        request = ApplyRequest(plan=plan)
        return apply(self._workspace(request), request)

    def ingest_batch(self, source: str, path: str | None = None) -> IngestReport:
        """Ingests a source's files; `path` (with wildcards, or a folder) takes the place of the source's own.

        Raises `UnknownDefinition`, `SourceNotFound`, `ContractViolation`, `SchemaIncompatible`.
        """
        from featurestore.steps.ingest_batch import ingest_batch

        request = IngestBatchRequest(source=source, path=path)
        return ingest_batch(self._workspace(request), request)

    def ingest_stream(
        self,
        source: str,
        *,
        once: bool = True,
        interval_seconds: float = 10.0,
        stop: threading.Event | None = None,
    ) -> IngestReport:
        """Ingests a source's topic until it is drained; without `once` until `stop` is set.

        Raises `UnknownDefinition`, `MissingSetting`, `KafkaUnreachable`, `KafkaGap`, and what a batch raises.
        """
        from featurestore.dev.bootstrap import with_dev_broker
        from featurestore.steps.ingest_stream import ingest_stream

        request = IngestStreamRequest(source=source, once=once, interval_seconds=interval_seconds)
        workspace = self._workspace(request, profile=with_dev_broker(self.profile))
        return ingest_stream(workspace, request, stop=stop)

    def compute_features(self, view: str, *, full: bool = False) -> ComputeFeaturesReport:
        """Brings a view's table up to its events; with `full` all of it is computed anew.

        Raises `UnknownDefinition`, `TableNotFound` without events, `DefinitionError`.
        """
        from featurestore.steps.compute_features import compute_features

        request = ComputeFeaturesRequest(view=view, full=full)
        return compute_features(self._workspace(request), request)

    def read(self, table: str, as_of: datetime | str | None = None) -> DataFrame:
        """A table's rows, in no order, without deleted ones and without Hudi's own columns.

        `table` is a path in the lake, such as `events/clickstream`; `features/<view>` is the view's version
        that the project defines. Raises `TableNotFound` and, for a time it cannot show, an `InstantError`.
        """
        from featurestore.steps.read_table import find_table, rows_at

        request = ReadRequest(table=table, as_of=time_of(as_of))
        workspace = self._workspace(request)
        _, rows = rows_at(workspace, find_table(workspace, table), as_of=request.as_of)
        return rows

    def preview(self, table: str, as_of: datetime | str | None = None, *, limit: int = 20) -> ReadReport:
        """A table's first rows in the order of their keys, and number and digest of all; raises as `read`."""
        from featurestore.steps.read_table import read_table

        request = ReadRequest(table=table, as_of=time_of(as_of), limit=limit)
        return read_table(self._workspace(request), request)

    def history(self, table: str, *, limit: int = 50) -> HistoryReport:
        """A table's commits, newest first; raises `TableNotFound`."""
        from featurestore.steps.history import history

        request = HistoryRequest(table=table, limit=limit)
        return history(self._workspace(request), request)

    def build_training_set(
        self, service: str, name: str, as_of: datetime | str | None = None
    ) -> TrainingSetReport:
        """Joins a service's labels with its features, point in time, and saves the rows under `name`.

        Raises `UnknownDefinition`, `TableNotFound`, `InstantError`, `FeaturesBehind`, `ArtifactExists`.
        """
        from featurestore.steps.build_training_set import build_training_set

        request = BuildTrainingSetRequest(service=service, name=name, as_of=time_of(as_of))
        return build_training_set(self._workspace(request), request)

    def split(
        self, training_set: str, *, by: SplitBy | str = SplitBy.ENTITY, test_fraction: float = 0.2
    ) -> SplitReport:
        """Divides a training set by entity, or by time with a gap.

        Raises `ArtifactNotFound`, `ArtifactExists`, `NotEnoughRows`.
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
    ) -> ScoreReport:
        """Predicts into the model's predictions table, with a version, what an alias stands for, or the newest.

        `since` keeps rows at most that much older than the newest event: a `timedelta`, or text such as `7d`.
        Raises `ArtifactNotFound`, `TableNotFound`, `InstantError`, `FeaturesBehind`.
        """
        from featurestore.steps.score import score

        request = ScoreRequest(
            model=model, version=version, alias=alias, as_of=time_of(as_of), since=duration_of(since)
        )
        return score(self._workspace(request), request)

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

    def models(self) -> ModelsReport:
        """Every version of every model, with its aliases."""
        from featurestore.steps.models import models_under

        return models_under(self.profile.storage.root_uri)

    def promote(self, model: str, version: int, *, alias: str = "champion") -> AliasReport:
        """Lets an alias stand for a version of a model; raises `ArtifactNotFound`, `RegistryMoved`."""
        from featurestore.steps.models import promote_model

        return promote_model(self.profile.storage.root_uri, model=model, version=version, alias=alias)

    def roll_back(self, model: str, *, alias: str = "champion") -> AliasReport:
        """Lets an alias stand for what it stood for before; raises `ArtifactNotFound`, `InvalidRequest`."""
        from featurestore.steps.models import roll_back_model

        return roll_back_model(self.profile.storage.root_uri, model=model, alias=alias)

    def _workspace(self, request: Request, *, profile: Profile | None = None) -> Workspace:
        from featurestore.steps.prepare import prepare

        return prepare(profile or self.profile, request, self.project)
