"""Which offsets of a Kafka topic come next, and ranges of them that a run was fixed to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from featurestore.errors import InvalidRequest, KafkaGap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from featurestore.kafka_topics import TopicState

POSITIONS = "positions"
"""Metadata key of the end offsets in a commit: position key -> offset."""

_PINNED = re.compile(
    r"(?P<topic>[A-Za-z0-9._-]+)/(?P<topic_id>[A-Za-z0-9_-]{22})@"
    r"(?P<ranges>(?:[0-9]+:[0-9]+-[0-9]+(?:,(?!$)|$))*)"
)
_RANGE = re.compile(r"([0-9]+):([0-9]+)-([0-9]+)(?:,|$)")


@dataclass(frozen=True, kw_only=True)
class OffsetRange:
    """Offsets `[start, end)` of one partition."""

    partition: int
    start: int
    end: int


def position_key(topic: TopicState, partition: int) -> str:
    """Identifies a partition for ever: a topic that is created again gets other keys."""
    return f"{topic.cluster_id}/{topic.topic_id}/{partition}/{topic.topic}"


def committed_positions(commits: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """The greatest end offset of every partition over all commits, of which the metadata is given."""
    greatest: dict[str, int] = {}
    for metadata in commits:
        for key, offset in json.loads(metadata.get(POSITIONS, "{}")).items():
            greatest[key] = max(offset, greatest.get(key, 0))
    return greatest


def next_ranges(
    topic: TopicState, positions: Mapping[str, int], *, max_events: int, source: str
) -> tuple[OffsetRange, ...]:
    """What to read next: from each position, at most `max_events` in all, shared evenly; empty when drained.

    The first read of a topic starts at the first offsets kept and has a range for every partition, be it
    empty, so that all have a position afterwards; a partition added later starts at 0. Raises `KafkaGap`
    where the topic is another one than the table was filled from, where retention removed events that were
    not read, and where a position lies beyond the end.
    """
    _check_same_topic(topic, positions, source=source)
    share = max(1, max_events // max(1, len(topic.partitions)))
    begun = any(position_key(topic, partition.partition) in positions for partition in topic.partitions)
    ranges = []
    for partition in topic.partitions:
        unknown = 0 if begun else partition.beginning_offset
        start = positions.get(position_key(topic, partition.partition), unknown)
        if partition.beginning_offset > start:
            raise KafkaGap(
                topic.topic,
                partition.partition,
                expected=f"events from offset {start} on",
                received=f"{partition.beginning_offset} as the first offset kept",
                remedy=f"{partition.beginning_offset - start} events are gone. Ingest them from files.",
            )
        if start > partition.end_offset:
            raise KafkaGap(
                topic.topic,
                partition.partition,
                expected=f"an end at offset {start} or later",
                received=f"the end at {partition.end_offset}",
                remedy="The topic lost events that were read before. Check the broker.",
            )
        end = min(partition.end_offset, start + share)
        ranges.append(OffsetRange(partition=partition.partition, start=start, end=end))
    filled = tuple(one for one in ranges if one.end > one.start)
    return tuple(ranges) if filled and not begun else filled


def limited(ranges: Sequence[OffsetRange], *, max_events: int) -> tuple[OffsetRange, ...]:
    """The first offsets of these ranges, at most `max_events` in all, shared evenly; none where all are empty."""
    if not any(one.end > one.start for one in ranges):
        return ()
    share = max(1, max_events // len(ranges))
    return tuple(
        OffsetRange(partition=one.partition, start=one.start, end=min(one.end, one.start + share))
        for one in ranges
    )


def ends_of(topic: TopicState, ranges: Sequence[OffsetRange]) -> dict[str, int]:
    """The positions after these ranges have been ingested."""
    return {position_key(topic, one.partition): one.end for one in ranges}


@dataclass(frozen=True, kw_only=True)
class PinnedRanges:
    """The ranges of a topic that a run reads, whatever comes into the topic meanwhile."""

    topic: str
    topic_id: str
    ranges: tuple[OffsetRange, ...]

    def __str__(self) -> str:
        """Such as `clicks/LbsOYCb7TQqYtIjs2j6EUw@0:0-120,1:7-9`; `from_text` is the inverse."""
        ranges = ",".join(f"{one.partition}:{one.start}-{one.end}" for one in self.ranges)
        return f"{self.topic}/{self.topic_id}@{ranges}"

    @classmethod
    def from_text(cls, text: str) -> PinnedRanges:
        """The ranges that `str` wrote; `InvalidRequest` for another text."""
        match = _PINNED.fullmatch(text)
        ranges = tuple(
            OffsetRange(partition=int(partition), start=int(start), end=int(end))
            for partition, start, end in _RANGE.findall(match["ranges"] if match else "")
        )
        if match is None or any(one.end < one.start for one in ranges):
            raise InvalidRequest("pinned", expected="topic/id@partition:from-to,...", received=text)
        return cls(topic=match["topic"], topic_id=match["topic_id"], ranges=ranges)

    def check(self, topic: TopicState) -> None:
        """Raises `KafkaGap` where the topic is another one, or no longer holds all of the ranges."""
        if (self.topic, self.topic_id) != (topic.topic, topic.topic_id):
            raise KafkaGap(
                topic.topic,
                None,
                expected=f"the topic of the pinned ranges, {self.topic} with id {self.topic_id}",
                received=f"id {topic.topic_id}",
                remedy="The topic was created again. Pin its ranges anew.",
            )
        held = {one.partition: one for one in topic.partitions}
        for one in self.ranges:
            partition = held.get(one.partition)
            if partition is None or one.start < partition.beginning_offset or partition.end_offset < one.end:
                kept = f"{partition.beginning_offset} to {partition.end_offset}" if partition else "none"
                raise KafkaGap(
                    topic.topic,
                    one.partition,
                    expected=f"offsets {one.start} to {one.end}, which were pinned",
                    received=f"{kept} in the topic",
                    remedy="What was pinned is gone. Ingest those events from files, or pin anew.",
                )

    def not_yet_in(self, positions: Mapping[str, int], topic: TopicState) -> tuple[OffsetRange, ...]:
        """What of the ranges a table with these positions lacks; nothing where it has all.

        Raises `KafkaGap` where the table lacks offsets before them, too: they would be passed over.
        """
        lacking = []
        for one in self.ranges:
            position = positions.get(position_key(topic, one.partition))
            if position is None:
                lacking.append(one)
                continue
            if position < one.start:
                raise KafkaGap(
                    topic.topic,
                    one.partition,
                    expected=f"a table that has all up to offset {one.start}, where the pinned range begins",
                    received=f"one up to {position}",
                    remedy="Another range comes before this one. Ingest that first, or pin anew.",
                )
            if position < one.end:
                lacking.append(OffsetRange(partition=one.partition, start=position, end=one.end))
        return tuple(lacking)


def _check_same_topic(topic: TopicState, positions: Mapping[str, int], *, source: str) -> None:
    for key in positions:
        cluster, topic_id, _, name = key.split("/", maxsplit=3)
        if name != topic.topic:
            continue
        if (cluster, topic_id) != (topic.cluster_id, topic.topic_id):
            raise KafkaGap(
                topic.topic,
                None,
                expected=f"the topic that events/{source} was filled from (id {topic_id}, cluster {cluster})",
                received=f"id {topic.topic_id}, cluster {topic.cluster_id}",
                remedy="The topic was created again: positions mean nothing. Give its events a new source.",
            )
