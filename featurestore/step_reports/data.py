"""Reports of steps that bring in, compute, show and divide rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from featurestore.step_reports.base import Report


class RejectedCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows went to quarantine for one reason and field, with one of them as example."""

    reason: str
    field: str
    rows: int
    example: str


class IngestReport(Report, frozen=True, kw_only=True):
    """What one ingest did; `accepted + rejected + superseded == read` always.

    `superseded` rows are valid but lost to another row of the same key in the same read. Of the accepted,
    `inserted + updated` changed the table and `stale` lost against it. `conflicts` counts rows of equal order
    and different content, within the read and against the table.
    """

    source: str
    table: str
    read: int
    accepted: int
    rejected: int
    superseded: int
    inserted: int
    updated: int
    stale: int
    conflicts: int
    defaulted: int
    unknown_fields: dict[str, int]
    rejections: tuple[RejectedCount, ...]
    instants: tuple[str, ...]
    schema_version: int
    positions: dict[str, int] = msgspec.field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    batches: int = 1


class PinInputReport(Report, frozen=True, kw_only=True):
    """What a run will read: `pinned` stands for it in other requests.

    `events` counts the offsets of a topic, `files` the files; the other one is null. `again` is true where it had
    been pinned before.
    """

    source: str
    pinned: str
    events: int | None = None
    files: int | None = None
    again: bool


class ValidateReport(Report, frozen=True, kw_only=True):
    """How input fares against its contract, row by row; nothing was written. `accepted + rejected == read`."""

    source: str
    pinned: str | None
    read: int
    accepted: int
    rejected: int
    defaulted: int
    rejected_fraction: float
    unknown_fields: dict[str, int]
    rejections: tuple[RejectedCount, ...]
    schema_version: int


class ComputeFeaturesReport(Report, frozen=True, kw_only=True):
    """What one run of feature computation did; `mode` is `full`, `incremental` or `unchanged`.

    `added` are features that the definition had and the table had not; `rows_backfilled` is the number of stored
    rows that got them before the run went on.
    """

    view: str
    table: str
    mode: str
    reason: str
    source_instant: str
    since_instant: str | None
    events_changed: int
    entities_changed: int
    events_without_entity: int
    rows_written: int
    rows_removed: int
    added: tuple[str, ...] = ()
    rows_backfilled: int = 0
    instant: str
    newest_event_timestamp: datetime | None


class PinTablesReport(Report, frozen=True, kw_only=True):
    """The commit of each view of a service that a reader saw at `as_of`, or sees now."""

    service: str
    as_of: datetime | None
    instants: dict[str, str]


class ReadReport(Report, frozen=True, kw_only=True):
    """The rows of a table at an instant; `rows_total` counts all, `rows` holds at most the limit."""

    table: str
    as_of: datetime | None
    instant: str
    rows_total: int
    digest: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of a table.

    `rows_written` counts all rows of the files that it wrote, those carried over unchanged included.
    """

    instant: str
    requested: datetime
    completed: datetime | None
    action: str
    rows_written: int | None = None
    rows_inserted: int | None = None
    rows_updated: int | None = None
    schema_version: int | None = None
    counts: dict[str, int] = {}


class HistoryReport(Report, frozen=True, kw_only=True):
    """A table's commits, newest first; `earliest_readable` is where time travel begins."""

    table: str
    earliest_readable: datetime | None
    commits: tuple[HistoryEntry, ...]


class TrainingSetReport(Report, frozen=True, kw_only=True):
    """A saved training set; `reused` when one of the same inputs was there already."""

    training_set: str
    service: str
    service_hash: str
    location: str
    instants: dict[str, str]
    as_of: datetime | None
    rows: int
    positives: int
    unripe_rows: int
    digest: str
    reused: bool


class SplitReport(Report, frozen=True, kw_only=True):
    """How a training set was divided."""

    training_set: str
    by: str
    test_fraction: float
    train_rows: int
    train_positives: int
    test_rows: int
    test_positives: int
    gap_rows: int
    reused: bool
