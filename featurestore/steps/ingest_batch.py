"""Step `ingest_batch`: a source's files into its events table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.files import absolute_uri
from featurestore.offline.input_files import find_input
from featurestore.offline.read_files import read_files
from featurestore.progress import tell
from featurestore.steps.ingest import Batch, ingest_batch_of, table_state
from featurestore.steps.pinned_files import pinned_files
from featurestore.steps.sources import file_source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from featurestore.definitions.schema import Schema
    from featurestore.definitions.sources import FileSource
    from featurestore.offline.input_files import InputFile
    from featurestore.step_reports import IngestReport
    from featurestore.step_requests import IngestBatchRequest
    from featurestore.steps.workspace import Workspace


def ingest_batch(workspace: Workspace, request: IngestBatchRequest) -> IngestReport:
    """Ingests every file that the source's path (or the request's) matches, or just those pinned, as one batch.

    Files that were ingested before change nothing. Raises `SourceNotFound`, `ContractViolation`,
    `SchemaIncompatible`; then nothing was written.
    """
    source = file_source_of(workspace.project, request.source)
    files = input_files(workspace, source, path=request.path, pinned=request.pinned)
    return ingest_files(workspace, source, files)


def input_files(
    workspace: Workspace, source: FileSource, *, path: str | None, pinned: str | None
) -> tuple[InputFile, ...]:
    """The files that are pinned, or else those of the path; raises what both say."""
    tell(f"looking for files of {source.name}")
    if pinned is not None:
        return pinned_files(pinned, source, root_uri=workspace.root_uri)
    return find_input(source, path=path)


def ingest_files(workspace: Workspace, source: FileSource, files: Sequence[InputFile]) -> IngestReport:
    """Ingests these files of a source as one batch; raises `ContractViolation`, `SchemaIncompatible`."""
    state = table_state(workspace.lake.events(source.name))
    return ingest_batch_of(workspace, source, batch_of(workspace, files), state)


def batch_of(workspace: Workspace, files: Sequence[InputFile]) -> Batch:
    """What these files hold, as one batch."""

    def read(schema: Schema) -> DataFrame:
        return read_files(workspace.spark, files, names=schema.names)

    return Batch(read=read, inputs=tuple(f"{absolute_uri(file.uri)}#{file.sha256}" for file in files))
