"""Step `ingest_stream`: a source's Kafka topic into its events table, one bounded range after another."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from featurestore.kafka_ranges import PinnedRanges, ends_of, limited, next_ranges
from featurestore.kafka_topics import describe_topic
from featurestore.offline.read_kafka import read_kafka
from featurestore.progress import tell
from featurestore.step_reports import IngestReport, RejectedCount
from featurestore.steps.ingest import Batch, ingest_batch_of, table_state
from featurestore.steps.sources import bootstrap_of, kafka_source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame

    from featurestore.definitions.schema import Schema
    from featurestore.definitions.sources import KafkaSource
    from featurestore.kafka_ranges import OffsetRange
    from featurestore.kafka_topics import TopicState
    from featurestore.step_requests import IngestStreamRequest
    from featurestore.steps.workspace import Workspace


def ingest_stream(
    workspace: Workspace, request: IngestStreamRequest, *, stop: threading.Event | None = None
) -> IngestReport:
    """Ingests from the table's own position; the report sums up all batches.

    With `once` it returns when the topic is drained, with `pinned` when the table has those ranges; otherwise
    it waits `interval_seconds` between looks until `stop` is set, and then finishes the batch at hand. Each
    batch is one commit that carries its end offsets. Raises `KafkaUnreachable`, `KafkaGap`, and what
    `ingest_batch` raises.
    """
    source = kafka_source_of(workspace.project, request.source)
    pinned = PinnedRanges.from_text(request.pinned) if request.pinned else None
    asked_to_stop = stop or threading.Event()
    reports: list[IngestReport] = []
    while not asked_to_stop.is_set():
        drained = True
        for report in _drain(workspace, source, pinned):
            reports.append(report)
            counts = f"{report.accepted:,} accepted, {report.rejected:,} rejected"
            tell(f"{source.name}: batch {len(reports)}, {counts}")
            drained = False
            if asked_to_stop.is_set():
                break
        if request.once or pinned is not None:
            break
        if drained:
            asked_to_stop.wait(request.interval_seconds)
    return _sum(workspace, source, reports)


def _drain(workspace: Workspace, source: KafkaSource, pinned: PinnedRanges | None) -> Iterator[IngestReport]:
    """Batches until the ends that the topic had when this began, or of the pinned ranges."""
    bootstrap = bootstrap_of(workspace.profile)
    topic = describe_topic(bootstrap, source.topic)
    limit = workspace.profile.kafka.max_events_per_batch
    if pinned is not None:
        pinned.check(topic)
    while True:
        state = table_state(workspace.lake.events(source.name))
        if pinned is None:
            ranges = next_ranges(topic, state.positions, max_events=limit, source=source.name)
        else:
            ranges = limited(pinned.not_yet_in(state.positions, topic), max_events=limit)
        if not ranges:
            return
        yield ingest_batch_of(workspace, source, batch_of(workspace, topic, ranges), state)


def batch_of(workspace: Workspace, topic: TopicState, ranges: Sequence[OffsetRange]) -> Batch:
    """What these ranges of a topic hold, as one batch."""
    bootstrap = bootstrap_of(workspace.profile)

    def read(schema: Schema) -> DataFrame:
        return read_kafka(workspace.spark, topic, ranges, bootstrap=bootstrap, names=schema.names)

    return Batch(read=read, positions=ends_of(topic, ranges))


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
