"""Commands on tables: ingest, compute features, read, history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from featurestore.cli.options import (
    AsOf,
    Full,
    InFiles,
    InputPath,
    IntervalSeconds,
    Limit,
    MaxRejectedFraction,
    Once,
    Pinned,
    ServiceName,
    SourceInstant,
    SourceName,
    TableName,
    ViewName,
    verb,
)

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.step_reports import (
        ComputeFeaturesReport,
        HistoryReport,
        IngestReport,
        PinInputReport,
        PinTablesReport,
        ReadReport,
        ValidateReport,
    )

ingest = typer.Typer(no_args_is_help=True, help="Bring events into their table.")
features = typer.Typer(no_args_is_help=True, help="Compute features from events.")
tables = typer.Typer()


@verb(ingest, "batch")
def ingest_batch(
    call: Call, source: SourceName, path: InputPath = None, pinned: Pinned = None
) -> IngestReport:
    """Ingest a source's files; those ingested before change nothing."""
    return call.store.ingest_batch(source, path, pinned=pinned)


@verb(ingest, "stream")
def ingest_stream(
    call: Call,
    source: SourceName,
    once: Once = False,
    interval_seconds: IntervalSeconds = 10.0,
    pinned: Pinned = None,
) -> IngestReport:
    """Ingest a source's Kafka topic, until it is drained or until stopped (SIGTERM ends after a batch)."""
    from featurestore.stop_signal import stop_on_terminate

    with stop_on_terminate() as stop:
        return call.store.ingest_stream(
            source, once=once, interval_seconds=interval_seconds, stop=stop, pinned=pinned
        )


@verb(ingest, "pin")
def pin_input(
    call: Call, source: SourceName, batch: InFiles = False, path: InputPath = None, pinned: Pinned = None
) -> PinInputReport:
    """Fix what the next ingest reads, new offsets of the topic or files, and print what stands for it."""
    return call.store.pin_input(source, batch=batch, path=path, pinned=pinned)


@verb(ingest, "validate")
def validate(
    call: Call,
    source: SourceName,
    path: InputPath = None,
    pinned: Pinned = None,
    max_rejected_fraction: MaxRejectedFraction = 1.0,
) -> ValidateReport:
    """Hold input against a source's contract, and write nothing."""
    return call.store.validate(source, path, pinned=pinned, max_rejected_fraction=max_rejected_fraction)


@verb(features, "compute")
def compute_features(
    call: Call, view: ViewName, full: Full = False, source_instant: SourceInstant = None
) -> ComputeFeaturesReport:
    """Bring a view's table up to its events."""
    return call.store.compute_features(view, full=full, source_instant=source_instant)


@verb(features, "pin")
def pin_tables(call: Call, service: ServiceName, as_of: AsOf = None) -> PinTablesReport:
    """Fix the commits of a service's views that a run reads, and print what stands for them."""
    return call.store.pin_tables(service, as_of=as_of)


@verb(tables, "read")
def read(call: Call, table: TableName, as_of: AsOf = None, limit: Limit = 20) -> ReadReport:
    """Show a table's first rows, with the number and the digest of all."""
    return call.store.preview(table, as_of, limit=limit)


@verb(tables, "history")
def history(call: Call, table: TableName, limit: Limit = 50) -> HistoryReport:
    """List a table's commits, newest first."""
    return call.store.history(table, limit=limit)
