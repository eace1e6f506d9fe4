"""Step without a job: a frame's rows into a source's events table, by way of a file that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.definitions.sources import FileFormat
from featurestore.files import absolute_uri, join_uri
from featurestore.offline.frame_inputs import save_frame
from featurestore.offline.frames import names_of
from featurestore.offline.input_files import find_input
from featurestore.progress import tell
from featurestore.steps.ingest_batch import ingest_files
from featurestore.steps.sources import file_source_of

if TYPE_CHECKING:
    from featurestore.step_reports import IngestReport
    from featurestore.steps.workspace import Workspace

INPUTS = "_inputs"
"""The folder of the lake that holds frames which were ingested."""


def ingest_rows(workspace: Workspace, rows: Any, *, source: str) -> IngestReport:
    """Keeps the rows as Parquet under `_inputs/<source>` and ingests that as any file of the source.

    The input stays: coordinates in quarantine and in commits point into it, and events without an id are
    identified by it. The same rows again are the same file, and change nothing.

    No job does this, as frames do not fit on a command line. Raises what `ingest_batch` raises,
    `InvalidRequest` for rows that no file holds as they are, and `NaiveTimestamp` where times have no zone and
    the source declares none.
    """
    found = file_source_of(workspace.project, source)
    tell(f"keeping rows for {source}")
    folder = absolute_uri(join_uri(workspace.root_uri, INPUTS, source))
    kept = save_frame(rows, folder, zone_declared=found.timezone is not None)
    parquet = msgspec.structs.replace(found, format=FileFormat.PARQUET)
    return ingest_files(workspace, found, find_input(parquet, path=kept))


def check_rows(place: Workspace, rows: Any, *, source: str) -> None:
    """Raises what can be said of source and rows without Spark."""
    file_source_of(place.project, source)
    names_of(rows)
