"""Step `validate`: hold input against its contract, row by row, and write nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions.compatibility import effective_schema, next_versions
from featurestore.errors import TooManyRejected
from featurestore.kafka_ranges import PinnedRanges
from featurestore.kafka_topics import describe_topic
from featurestore.offline.kept_rows import kept_rows
from featurestore.progress import tell
from featurestore.step_reports import ValidateReport
from featurestore.steps import ingest_batch, ingest_stream
from featurestore.steps.ingest import table_state
from featurestore.steps.judged_rows import count_judged, fail_on_fatal, judged
from featurestore.steps.pinned_files import are_files
from featurestore.steps.sources import bootstrap_of, file_source_of, kafka_source_of

if TYPE_CHECKING:
    from featurestore.definitions.sources import Source
    from featurestore.step_requests import ValidateRequest
    from featurestore.steps.ingest import Batch
    from featurestore.steps.judged_rows import Counts
    from featurestore.steps.workspace import Workspace


def validate(workspace: Workspace, request: ValidateRequest) -> ValidateReport:
    """Judges what is pinned, or else a source's files, as an ingest would, by the contract in force.

    Rows that an ingest would quarantine count as rejected. Raises `ContractViolation` for a rule whose answer is
    `fail`, `TooManyRejected` where more rows are rejected than the request allows, `SchemaIncompatible`, and what
    reading raises.
    """
    source, batch = _input(workspace, request)
    state = table_state(workspace.lake.events(source.name))
    schema = effective_schema(source.schema, state.versions)
    versions = next_versions(source, schema, state.versions)
    tell(f"validating {source.name}")
    with kept_rows(judged(batch.read(schema), source, schema)) as rows:
        counts = count_judged(rows)
    fail_on_fatal(source, counts)
    _fail_on_too_many(source, counts, allowed=request.max_rejected_fraction)
    return ValidateReport(
        step="validate",
        source=source.name,
        pinned=request.pinned,
        read=counts.read,
        accepted=counts.read - counts.rejected,
        rejected=counts.rejected,
        defaulted=counts.defaulted,
        rejected_fraction=counts.rejected_fraction,
        unknown_fields=counts.unknown_fields,
        rejections=counts.rejections,
        schema_version=versions[-1].number,
    )


def _input(workspace: Workspace, request: ValidateRequest) -> tuple[Source, Batch]:
    """The source whose contract holds, and what is to be judged."""
    pinned = request.pinned
    if pinned is None or are_files(pinned):
        files = file_source_of(workspace.project, request.source)
        found = ingest_batch.input_files(workspace, files, path=request.path, pinned=pinned)
        return files, ingest_batch.batch_of(workspace, found)
    source = kafka_source_of(workspace.project, request.source)
    topic = describe_topic(bootstrap_of(workspace.profile), source.topic)
    ranges = PinnedRanges.from_text(pinned)
    ranges.check(topic)
    return source, ingest_stream.batch_of(workspace, topic, ranges.ranges)


def _fail_on_too_many(source: Source, counts: Counts, *, allowed: float) -> None:
    if counts.rejected_fraction > allowed:
        first = counts.rejections[0]
        raise TooManyRejected(
            source.name,
            read=counts.read,
            rejected=counts.rejected,
            allowed=allowed,
            example=f"{first.reason} in {first.field!r}: {first.example}",
        )
