"""Step `pin_input`: fix what a run brings in, before any of it is read; needs no Spark."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from featurestore.definitions.sources import KafkaSource
from featurestore.embedded.timeline import TableTimeline
from featurestore.errors import InvalidRequest, TableNotFound
from featurestore.files import exists, join_uri, read_text, write_text
from featurestore.kafka_ranges import PinnedRanges, committed_positions, next_ranges, position_key
from featurestore.kafka_topics import describe_topic
from featurestore.lake_access import reach_lake
from featurestore.offline.input_files import find_input
from featurestore.progress import tell
from featurestore.step_reports import PinInputReport
from featurestore.steps.pinned_files import are_files, pin_files, pinned_files
from featurestore.steps.sources import bootstrap_of, file_source_of, kafka_source_of

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.kafka_topics import TopicState
    from featurestore.step_requests import PinInputRequest


class _LastPin(msgspec.Struct, frozen=True, kw_only=True):
    pinned: str


def pin_input(profile: Profile, project: Project, request: PinInputRequest) -> PinInputReport:
    """What the next ingest of a source shall read: offset ranges of its topic, or files with their digests.

    Ranges go from the table's own position to the end that the topic has now. Where nothing came since, the ranges
    that were pinned last are given again, so that what was made from them is found again. `pinned` in the request
    is checked and handed on. Raises `SourceNotFound`, `KafkaUnreachable`, `KafkaGap`, `InvalidRequest`.
    """
    reach_lake(profile)
    source = project.source(request.source)
    by_files = request.batch or request.path is not None or not isinstance(source, KafkaSource)
    if are_files(request.pinned or ""):
        by_files = True
    if by_files:
        return _files(profile, project, request)
    kafka = kafka_source_of(project, request.source)
    tell(f"looking at the topic {kafka.topic}")
    topic = describe_topic(bootstrap_of(profile), kafka.topic)
    if request.pinned is not None:
        pinned = PinnedRanges.from_text(request.pinned)
        pinned.check(topic)
        return _stream_report(request, pinned, again=True)
    return _ranges(profile, request, topic)


def _files(profile: Profile, project: Project, request: PinInputRequest) -> PinInputReport:
    root = profile.storage.root_uri
    source = file_source_of(project, request.source)
    tell(f"looking at the files of {source.name}")
    if request.pinned is not None:
        if request.path is not None:
            raise InvalidRequest("pin_input", expected="a path or what is pinned already", received="both")
        text, files = request.pinned, pinned_files(request.pinned, source, root_uri=root)
    else:
        files = find_input(source, path=request.path)
        text = pin_files(files, root_uri=root)
    return PinInputReport(
        step="pin_input",
        source=request.source,
        pinned=text,
        files=len(files),
        again=request.pinned is not None,
    )


def _ranges(profile: Profile, request: PinInputRequest, topic: TopicState) -> PinInputReport:
    positions = _positions(profile, request.source)
    ranges = next_ranges(topic, positions, max_events=sys.maxsize, source=request.source)
    place = join_uri(profile.storage.root_uri, "_runs/pins", f"{request.source}.json")
    if not ranges and exists(place):
        last = PinnedRanges.from_text(msgspec.json.decode(read_text(place), type=_LastPin).pinned)
        if _ends_here(last, topic, positions):
            return _stream_report(request, last, again=True)
    pinned = PinnedRanges(topic=topic.topic, topic_id=topic.topic_id, ranges=ranges)
    if ranges:
        write_text(place, msgspec.json.encode(_LastPin(pinned=str(pinned))).decode())
    return _stream_report(request, pinned, again=False)


def _positions(profile: Profile, source: str) -> dict[str, int]:
    """What the events table's commits say; nothing while there is no table."""
    name = f"events/{source}"
    try:
        timeline = TableTimeline.load(profile.table_uri(name), name=name)
    except TableNotFound:
        return {}
    return committed_positions(timeline.metadata_newest_first())


def _ends_here(pinned: PinnedRanges, topic: TopicState, positions: dict[str, int]) -> bool:
    """Whether the table stands where these ranges end, and no other event was ingested since."""
    return pinned.topic_id == topic.topic_id and all(
        positions.get(position_key(topic, one.partition)) == one.end for one in pinned.ranges
    )


def _stream_report(request: PinInputRequest, pinned: PinnedRanges, *, again: bool) -> PinInputReport:
    events = sum(one.end - one.start for one in pinned.ranges)
    return PinInputReport(
        step="pin_input", source=request.source, pinned=str(pinned), events=events, again=again
    )
