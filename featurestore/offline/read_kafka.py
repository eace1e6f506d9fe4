"""Reads bounded offset ranges of a Kafka topic into raw rows, and decides which range comes next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.errors import KafkaGap
from featurestore.keys import record_key as key_text
from featurestore.offline.encoding import record_key
from featurestore.offline.raw_rows import COORDINATES, POSITION, from_json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from featurestore.kafka_topics import TopicState
    from featurestore.offline.hudi_timeline import TableCommit

POSITIONS = "positions"
"""Metadata key of the end offsets in a commit: position key -> offset."""


@dataclass(frozen=True, kw_only=True)
class OffsetRange:
    """Offsets `[start, end)` of one partition."""

    partition: int
    start: int
    end: int


def position_key(topic: TopicState, partition: int) -> str:
    """Identifies a partition for ever: a topic that is created again gets other keys."""
    return f"{topic.cluster_id}/{topic.topic_id}/{partition}/{topic.topic}"


def committed_positions(commits: Iterable[TableCommit]) -> dict[str, int]:
    """The greatest end offset of every partition over all commits given."""
    greatest: dict[str, int] = {}
    for commit in commits:
        for key, offset in json.loads(commit.metadata.get(POSITIONS, "{}")).items():
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


def ends_of(topic: TopicState, ranges: Sequence[OffsetRange]) -> dict[str, int]:
    """The positions after these ranges have been ingested."""
    return {position_key(topic, one.partition): one.end for one in ranges}


def read_kafka(
    spark: SparkSession,
    topic: TopicState,
    ranges: Sequence[OffsetRange],
    *,
    bootstrap: str,
    names: Sequence[str],
) -> DataFrame:
    """Raw rows (see `raw_rows`) of exactly these ranges; `names` are the fields of the schema.

    A message without value is malformed: this source does not say what its key means.
    """
    options = {
        "kafka.bootstrap.servers": bootstrap,
        "kafka.isolation.level": "read_committed",
        "subscribe": topic.topic,
        "startingOffsets": _offsets(topic, ranges, which="start"),
        "endingOffsets": _offsets(topic, ranges, which="end"),
        "failOnDataLoss": "true",
    }
    messages = spark.read.format("kafka").options(**options).load()
    identity = [("_cluster", T.StringType()), ("_topic", T.StringType()), ("partition", T.IntegerType())]
    place = F.concat(
        F.col("topic"), F.lit("["), F.col("partition").cast("string"), F.lit("]@"), F.col("offset")
    )
    located = (
        messages.withColumn("_cluster", F.lit(topic.cluster_id))
        .withColumn("_topic", F.lit(topic.topic_id))
        .withColumn(COORDINATES, record_key([*identity, ("offset", T.LongType())]))
        .withColumn(POSITION, place)
        .withColumn("_text", F.coalesce(F.col("value").cast("string"), F.lit("")))
    )
    return from_json_text(located, text="_text", names=names)


def coordinates_text(topic: TopicState, partition: int, offset: int) -> str:
    """The coordinates of one message, as `read_kafka` gives them."""
    return key_text([topic.cluster_id, topic.topic_id, partition, offset])


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


def _offsets(topic: TopicState, ranges: Sequence[OffsetRange], *, which: str) -> str:
    """Spark wants an offset for every partition; one without a range gets the same start and end."""
    known = {one.partition: one for one in ranges}
    offsets = {}
    for partition in topic.partitions:
        one = known.get(partition.partition)
        offsets[str(partition.partition)] = getattr(one, which) if one else partition.end_offset
    return json.dumps({topic.topic: offsets})
