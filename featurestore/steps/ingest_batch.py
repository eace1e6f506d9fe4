"""Step `ingest_batch`: a source's files into its events table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions.sources import FileSource, KafkaSource
from featurestore.errors import InvalidRequest
from featurestore.files import absolute_uri
from featurestore.offline.input_files import find_input
from featurestore.offline.read_files import read_files
from featurestore.progress import tell
from featurestore.steps.ingest import Batch, ingest_batch_of, table_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from featurestore.definitions.schema import Schema
    from featurestore.offline.input_files import InputFile
    from featurestore.step_reports import IngestReport
    from featurestore.step_requests import IngestBatchRequest
    from featurestore.steps.workspace import Workspace


def ingest_batch(workspace: Workspace, request: IngestBatchRequest) -> IngestReport:
    """Ingests every file that the source's path (or the request's) matches, as one batch.

    Files that were ingested before change nothing. Raises `SourceNotFound`, `ContractViolation`,
    `SchemaIncompatible`; then nothing was written.
    """
    source = file_source_of(workspace, request.source)
    tell(f"looking for files of {source.name}")
    return ingest_files(workspace, source, find_input(source, path=request.path))


def ingest_files(workspace: Workspace, source: FileSource, files: Sequence[InputFile]) -> IngestReport:
    """Ingests these files of a source as one batch; raises `ContractViolation`, `SchemaIncompatible`."""

    def read(schema: Schema) -> DataFrame:
        return read_files(workspace.spark, files, names=schema.names)

    inputs = tuple(f"{absolute_uri(file.uri)}#{file.sha256}" for file in files)
    state = table_state(workspace.lake.events(source.name))
    return ingest_batch_of(workspace, source, Batch(read=read, inputs=inputs), state)


def file_source_of(workspace: Workspace, name: str) -> FileSource:
    """The source's files; `InvalidRequest` where it has none."""
    source = workspace.project.source(name)
    found = source.batch_source if isinstance(source, KafkaSource) else source
    if found is None:
        raise InvalidRequest(f"Source {name!r}", expected="a batch_source, to read files", received="none")
    return found
