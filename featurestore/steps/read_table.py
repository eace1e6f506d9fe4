"""Step `read_table`: a table's rows as a reader saw them at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql.types import TimestampType

from featurestore.errors import TableNotFound
from featurestore.instants import from_micros
from featurestore.offline.encoding import content_of
from featurestore.offline.events import TIMES_OF_THE_RUN, current
from featurestore.offline.features import standing
from featurestore.offline.hudi_table import reader_columns
from featurestore.progress import tell
from featurestore.step_reports import ReadReport
from featurestore.steps.compute_features import newest_event_micros

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import DataFrame

    from featurestore.instants import Instant
    from featurestore.offline.hudi_table import HudiTable
    from featurestore.step_requests import ReadRequest
    from featurestore.steps.workspace import Workspace


def read_table(workspace: Workspace, request: ReadRequest) -> ReadReport:
    """The first rows in the order of their keys, with the number and the digest of all.

    Raises `TableNotFound`, `BeforeFirstCommit`, `PastHorizon`, `InTheFuture`, `OverlappingCommits`.
    """
    table = find_table(workspace, request.table)
    tell(f"reading {table.name}")
    instant, rows = rows_at(workspace, table, as_of=request.as_of)
    shown = _first(rows, limit=request.limit)
    content = content_of(rows, leave_out=_times_of_the_run(table))
    return ReadReport(
        step="read_table",
        table=table.name,
        as_of=request.as_of,
        instant=str(instant),
        rows_total=content.rows,
        digest=content.digest,
        columns=tuple(rows.columns),
        rows=shown,
    )


def find_table(workspace: Workspace, name: str) -> HudiTable:
    """The table of this name; `features/<view>` means the version that the project defines.

    Raises `TableNotFound`, which lists the tables there are.
    """
    parts = name.strip("/").split("/")
    full = "/".join(parts)
    if parts[0] == "features" and len(parts) == 2:  # noqa: PLR2004 - kind and view
        views = {view.name: view.table for view in workspace.project.views}
        full = views.get(parts[1], full)
    known = workspace.tables()
    if full not in known:
        raise TableNotFound(full, location=workspace.root_uri, known=known)
    return workspace.lake.table(full)


def rows_at(workspace: Workspace, table: HudiTable, *, as_of: datetime | None) -> tuple[Instant, DataFrame]:
    """The instant that shows `as_of` (or now), and the table's rows there, without Hudi's columns.

    Deleted and withdrawn rows are hidden; events with kept versions show the greatest; feature rows dated
    after the newest event that was read are hidden, for they only say how windows will empty.
    """
    timeline = table.timeline()
    instant = timeline.visible_at(as_of)
    rows = table.read_at(instant)
    kind, name = table.name.split("/", maxsplit=2)[:2]
    if kind == "events":
        rows = current(rows, workspace.project.source(name))
    elif kind == "features":
        commit = timeline.commit_at(instant)
        rows = standing(rows, until_micros=newest_event_micros(commit))
    elif kind == "predictions":
        rows = standing(rows)
    return instant, rows.select(*(F.col(f"`{column}`") for column in reader_columns(rows.columns)))


def _times_of_the_run(table: HudiTable) -> tuple[str, ...]:
    """Columns that say when a run happened, not what it found."""
    if table.name.startswith("events/"):
        return TIMES_OF_THE_RUN
    return ("version", "read_at")


def _first(rows: DataFrame, *, limit: int) -> tuple[dict[str, Any], ...]:
    """The first rows by key as plain data; times are ISO 8601 text in UTC.

    Times travel as microseconds: Spark would hand them over in the zone of this machine.
    """
    times = {field.name for field in rows.schema.fields if isinstance(field.dataType, TimestampType)}
    columns = (
        F.unix_micros(f"`{name}`").alias(name) if name in times else f"`{name}`" for name in rows.columns
    )
    first = rows.orderBy("record_key").limit(limit).select(*columns).collect()
    return tuple(
        {name: _time(value) if name in times else value for name, value in row.asDict().items()}
        for row in first
    )


def _time(micros: int | None) -> str | None:
    return None if micros is None else from_micros(micros).isoformat().replace("+00:00", "Z")
