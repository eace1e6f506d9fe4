"""The jobs of a whole project: one request for each thing that it defines, in the order of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore import step_requests as requests
from featurestore.definitions import FileSource, KafkaSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_requests import Request


def requests_of(project: Project, profile: Profile) -> tuple[Request, ...]:
    """What a project does from its definitions to the page of a model.

    Files of a source that states no path of its own are looked for at `incoming/<source>` beside the tables. A
    service's training set and model have the service's name.
    """
    return (
        *_of_sources(project, profile),
        *(requests.ComputeFeaturesRequest(view=view.name) for view in project.views),
        *_of_services(project),
        requests.PlanRequest(),
        requests.ApplyRequest(),
    )


def _of_sources(project: Project, profile: Profile) -> Iterator[Request]:
    for source in project.sources:
        files = source.batch_source if isinstance(source, KafkaSource) else source
        if isinstance(files, FileSource):
            path = None if files.path else profile.table_uri(f"incoming/{source.name}")
            yield requests.IngestBatchRequest(source=source.name, path=path)
            yield requests.ValidateRequest(source=source.name, path=path)
        if isinstance(source, KafkaSource):
            yield requests.IngestStreamRequest(source=source.name)
        yield requests.HistoryRequest(table=f"events/{source.name}")
        yield requests.ReadRequest(table=f"events/{source.name}")


def _of_services(project: Project) -> Iterator[Request]:
    for name in (service.name for service in project.services):
        yield requests.BuildTrainingSetRequest(service=name, name=name)
        yield requests.SplitRequest(training_set=name)
        yield requests.TrainRequest(training_set=name, model=name)
        yield requests.EvaluateRequest(training_set=name, model=name)
        yield requests.ScoreRequest(model=name)
        yield requests.ReportModelRequest(model=name)
        yield requests.MeasureDriftRequest(model=name)
