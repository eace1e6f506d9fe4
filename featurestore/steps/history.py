"""Step `history`: a table's commits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from featurestore.definitions.compatibility import decode_versions
from featurestore.step_reports import HistoryEntry, HistoryReport
from featurestore.steps.ingest import COUNTS, SCHEMAS
from featurestore.steps.read_table import find_table

if TYPE_CHECKING:
    from featurestore.offline.hudi_timeline import TableCommit
    from featurestore.step_requests import HistoryRequest
    from featurestore.steps.workspace import Workspace


def history(workspace: Workspace, request: HistoryRequest) -> HistoryReport:
    """Commits newest first, pending ones too, with requested and completed time, rows and schema version.

    Raises `TableNotFound`.
    """
    table = find_table(workspace, request.table)
    timeline = table.timeline()
    completed = {commit.instant: commit for commit in timeline.newest_first()}
    entries = []
    for commit in sorted(timeline.commits, key=lambda one: one.instant, reverse=True)[: request.limit]:
        details = completed.get(commit.instant)
        if details is None:
            entries.append(
                HistoryEntry(
                    instant=str(commit.instant),
                    requested=commit.instant.time,
                    completed=None,
                    action=commit.action,
                )
            )
        else:
            entries.append(_entry(details))
    times = [commit.completed for commit in timeline.commits if commit.completed is not None]
    return HistoryReport(
        step="history",
        table=table.name,
        earliest_readable=timeline.horizon() or min(times, default=None),
        commits=tuple(entries),
    )


def _entry(commit: TableCommit) -> HistoryEntry:
    versions = decode_versions(commit.metadata[SCHEMAS]) if SCHEMAS in commit.metadata else ()
    return HistoryEntry(
        instant=str(commit.instant),
        requested=commit.instant.time,
        completed=commit.completed,
        action=commit.action,
        rows_written=commit.rows_written,
        rows_inserted=commit.rows_inserted,
        rows_updated=commit.rows_updated,
        schema_version=versions[-1].number if versions else None,
        counts=json.loads(commit.metadata.get(COUNTS, "{}")),
    )
