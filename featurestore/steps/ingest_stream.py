"""Step `ingest_stream`: a source's Kafka topic into its events table, one bounded range after another."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from featurestore.definitions.sources import KafkaSource
from featurestore.errors import InvalidRequest, MissingSetting
from featurestore.kafka_topics import describe_topic
from featurestore.offline.read_kafka import ends_of, next_ranges, read_kafka
from featurestore.progress import tell
from featurestore.step_reports import IngestReport, RejectedCount
from featurestore.steps.ingest import Batch, ingest_batch_of, table_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

    from featurestore.definitions.schema import Schema
    from featurestore.offline.read_kafka import OffsetRange
    from featurestore.step_requests import IngestStreamRequest
    from featurestore.steps.workspace import Workspace

_BOOTSTRAP_TRIED = (
    "profile",
    "environment",
    "the development broker (`featurestore dev kafka up` starts one)",
)


def ingest_stream(
    workspace: Workspace, request: IngestStreamRequest, *, stop: threading.Event | None = None
) -> IngestReport:
    """Ingests from the table's own position; the report sums up all batches.

    With `once` it returns when the topic is drained; otherwise it waits `interval_seconds` between looks
    until `stop` is set, and then finishes the batch at hand. Each batch is one commit that carries its end
    offsets. Raises `KafkaUnreachable`, `KafkaGap`, and what `ingest_batch` raises.
    """
    source = kafka_source_of(workspace, request.source)
    asked_to_stop = stop or threading.Event()
    reports: list[IngestReport] = []
    while not asked_to_stop.is_set():
        drained = True
        for report in _drain(workspace, source):
            reports.append(report)
            counts = f"{report.accepted:,} accepted, {report.rejected:,} rejected"
            tell(f"{source.name}: batch {len(reports)}, {counts}")
            drained = False
            if asked_to_stop.is_set():
                break
        if request.once:
            break
        if drained:
            asked_to_stop.wait(request.interval_seconds)
    return _sum(workspace, source, reports)


def _drain(workspace: Workspace, source: KafkaSource) -> Iterator[IngestReport]:
    """Batches until the ends that the topic had when this began."""
    bootstrap = bootstrap_of(workspace)
    topic = describe_topic(bootstrap, source.topic)
    limit = workspace.profile.kafka.max_events_per_batch
    while True:
        state = table_state(workspace.lake.events(source.name))
        ranges = next_ranges(topic, state.positions, max_events=limit, source=source.name)
        if not ranges:
            return

        def read(schema: Schema, ranges: tuple[OffsetRange, ...] = ranges) -> DataFrame:
            return read_kafka(workspace.spark, topic, ranges, bootstrap=bootstrap, names=schema.names)

        batch = Batch(read=read, positions=ends_of(topic, ranges))
        yield ingest_batch_of(workspace, source, batch, state)


def kafka_source_of(workspace: Workspace, name: str) -> KafkaSource:
    """The source with its topic; `InvalidRequest` where it has none."""
    source = workspace.project.source(name)
    if not isinstance(source, KafkaSource):
        raise InvalidRequest(
            f"Source {name!r}", expected="a KafkaSource, to read a topic", received="a FileSource"
        )
    return source


def bootstrap_of(workspace: Workspace) -> str:
    """The profile's Kafka; `MissingSetting` where it names none and no development broker runs."""
    bootstrap = workspace.profile.kafka.bootstrap
    if bootstrap is None:
        raise MissingSetting("kafka.bootstrap", tried=_BOOTSTRAP_TRIED)
    return bootstrap


def _sum(workspace: Workspace, source: KafkaSource, reports: list[IngestReport]) -> IngestReport:
    """One report of several batches."""
    table = workspace.lake.events(source.name)
    state = table_state(table)
    numbers = {
        name: sum(getattr(report, name) for report in reports)
        for name in (
            "read",
            "accepted",
            "rejected",
            "superseded",
            "inserted",
            "updated",
            "stale",
            "conflicts",
            "defaulted",
        )
    }
    unknown: Counter[str] = Counter()
    for report in reports:
        unknown.update(report.unknown_fields)
    return IngestReport(
        step="ingest_stream",
        source=source.name,
        table=table.name,
        rejections=_rejections(reports),
        unknown_fields=dict(unknown),
        instants=tuple(instant for report in reports for instant in report.instants),
        schema_version=state.versions[-1].number if state.versions else 0,
        positions=state.positions,
        batches=len(reports),
        **numbers,
    )


def _rejections(reports: list[IngestReport]) -> tuple[RejectedCount, ...]:
    """Rejections added up by reason and field; the first example of each stays."""
    found: dict[tuple[str, str], RejectedCount] = {}
    for one in (one for report in reports for one in report.rejections):
        earlier = found.get((one.reason, one.field))
        found[one.reason, one.field] = RejectedCount(
            reason=one.reason,
            field=one.field,
            rows=one.rows + (earlier.rows if earlier else 0),
            example=earlier.example if earlier else one.example,
        )
    return tuple(found.values())
