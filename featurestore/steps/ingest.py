"""The one way into an events table, of files and Kafka: validate, quarantine, settle rivals, upsert."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from featurestore.definitions.compatibility import (
    all_fields,
    decode_versions,
    effective_schema,
    encode_versions,
    next_versions,
)
from featurestore.definitions.schema import OnUnknown
from featurestore.definitions.sources import KafkaSource
from featurestore.errors import RowCountMismatch
from featurestore.kafka_ranges import POSITIONS, committed_positions
from featurestore.offline.events import against_table, table_schema, to_events, within_batch, without
from featurestore.offline.evolve import evolve, evolved_columns, with_evolved
from featurestore.offline.kept_rows import kept_rows
from featurestore.offline.quarantine import quarantine_rows, quarantine_schema
from featurestore.offline.validate import REJECTION
from featurestore.progress import tell
from featurestore.step_reports import IngestReport
from featurestore.steps.judged_rows import count_judged, fail_on_fatal, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from featurestore.definitions.compatibility import SchemaVersion
    from featurestore.definitions.schema import Schema
    from featurestore.definitions.sources import Source
    from featurestore.offline.hudi_table import HudiTable
    from featurestore.offline.hudi_timeline import TableCommit
    from featurestore.steps.judged_rows import Counts
    from featurestore.steps.workspace import Workspace

SCHEMAS = "schema_versions"
COUNTS = "counts"
INPUTS = "inputs"


@dataclass(frozen=True, kw_only=True)
class TableState:
    """What an events table's commits say before a batch: schema versions and Kafka positions."""

    versions: tuple[SchemaVersion, ...] = ()
    positions: dict[str, int] = field(default_factory=dict)
    has_commits: bool = False


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What came in: a reader of raw rows for a schema, and what the commit shall say of their origin."""

    read: Callable[[Schema], DataFrame]
    positions: Mapping[str, int] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()


def table_state(table: HudiTable) -> TableState:
    """Searches back over all commits: any writer's commit may stand in between. Raises `TableBroken`."""
    if not table.is_ready():
        return TableState()
    commits = list(table.timeline().newest_first())
    encoded = next((commit.metadata[SCHEMAS] for commit in commits if SCHEMAS in commit.metadata), None)
    return TableState(
        versions=decode_versions(encoded) if encoded else (),
        positions=committed_positions(commit.metadata for commit in commits),
        has_commits=bool(commits),
    )


def ingest_batch_of(workspace: Workspace, source: Source, batch: Batch, state: TableState) -> IngestReport:
    """Validates and upserts one batch; quarantine first, then one commit that carries rows and positions.

    Raises `ContractViolation` and `SchemaIncompatible` before anything is written.
    """
    read_at = datetime.now(timezone.utc)
    schema = effective_schema(source.schema, state.versions)
    next_versions(source, schema, state.versions)
    tell(f"validating {source.name}")
    with kept_rows(judged(batch.read(schema), source, schema)) as validated:
        counts = count_judged(validated)
        fail_on_fatal(source, counts)
        evolved = evolve(validated, schema) if schema.on_unknown is OnUnknown.EVOLVE else ()
        versions = next_versions(
            source, with_evolved(schema, evolved), state.versions, evolved=[new.name for new in evolved]
        )
        if counts.rejected:
            tell(f"quarantining {counts.rejected:,} rows of {source.name}")
            _quarantine(workspace, source, validated, read_at=read_at, schema_version=versions[-1].number)
        accepted = evolved_columns(validated.where(F.col(REJECTION).isNull()), evolved)
        events = to_events(accepted, source, fields=all_fields(versions), read_at=read_at)
        table = workspace.lake.events(source.name)
        tell(f"settling {counts.read - counts.rejected:,} events of {source.name}")
        settled = _settle(table, events, state, counts)
        tell(f"writing {settled.numbers['inserted'] + settled.numbers['updated']:,} events to {table.name}")
        positions = {**state.positions, **batch.positions}
        commit = _upsert(table, settled, batch, positions=positions, versions=versions)
        for frame in settled.kept:
            frame.unpersist()
    return IngestReport(
        step="ingest_stream" if isinstance(source, KafkaSource) else "ingest_batch",
        source=source.name,
        table=table.name,
        rejections=counts.rejections,
        unknown_fields=counts.unknown_fields,
        instants=(str(commit.instant),),
        schema_version=versions[-1].number,
        positions=positions,
        inputs=batch.inputs,
        **settled.numbers,
    )


def _quarantine(
    workspace: Workspace, source: Source, validated: DataFrame, *, read_at: datetime, schema_version: int
) -> None:
    table = workspace.lake.quarantine(source.name)
    rows = quarantine_rows(validated, read_at=read_at, schema_version=schema_version)
    table.create_if_absent(quarantine_schema())
    table.upsert(rows)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Rows that must be written, and the numbers of all that came."""

    rows: DataFrame
    numbers: dict[str, int]
    kept: tuple[DataFrame, ...]


def _settle(table: HudiTable, events: DataFrame, state: TableState, counts: Counts) -> Settled:
    """Lets rivals for one key meet, first within the batch and then in the table."""
    inside = within_batch(events)
    winners = without(events, inside.losers) if inside.superseded else events
    accepted = counts.read - counts.rejected - inside.superseded
    matched, stale, conflicts = 0, 0, inside.conflicts
    kept = inside.kept
    newest = table.timeline().latest() if state.has_commits and accepted else None
    if newest is not None:
        outside = against_table(winners, table.read_at(newest))
        matched, stale, conflicts = outside.matched, outside.stale, conflicts + outside.conflicts
        winners = without(winners, outside.losers) if stale else winners
        kept += outside.kept
    numbers = {
        "read": counts.read,
        "accepted": accepted,
        "rejected": counts.rejected,
        "superseded": inside.superseded,
        "inserted": accepted - matched,
        "updated": matched - stale,
        "stale": stale,
        "conflicts": conflicts,
        "defaulted": counts.defaulted,
    }
    total = numbers["accepted"] + numbers["rejected"] + numbers["superseded"]
    if total != numbers["read"] or min(numbers.values()) < 0:
        raise RowCountMismatch("ingest", expected=numbers["read"], received=total)
    return Settled(rows=winners, numbers=numbers, kept=kept)


def _upsert(
    table: HudiTable,
    settled: Settled,
    batch: Batch,
    *,
    positions: dict[str, int],
    versions: tuple[SchemaVersion, ...],
) -> TableCommit:
    columns = table_schema(all_fields(versions))
    table.create_if_absent(columns)
    metadata = {
        SCHEMAS: encode_versions(versions),
        POSITIONS: json.dumps(positions, sort_keys=True),
        COUNTS: json.dumps(settled.numbers),
        INPUTS: json.dumps(batch.inputs),
    }
    return table.upsert(settled.rows.select(*columns.names), metadata=metadata)
