"""Which offsets come next, and what a message becomes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import KafkaGap
from featurestore.instants import Instant
from featurestore.kafka_topics import PartitionState, TopicState, create_topic, describe_topic, produce
from featurestore.offline.hudi_timeline import TableCommit
from featurestore.offline.raw_rows import COORDINATES, FIELDS, MALFORMED, POSITION, RAW
from featurestore.offline.read_kafka import (
    POSITIONS,
    OffsetRange,
    committed_positions,
    coordinates_text,
    ends_of,
    next_ranges,
    position_key,
    read_kafka,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from featurestore.dev.kafka import BrokerStatus


def topic(*offsets: tuple[int, int], topic_id: str = "id", cluster: str = "cluster") -> TopicState:
    """A topic whose partitions hold these offsets, from and up to."""
    partitions = (
        PartitionState(partition=number, beginning_offset=begin, end_offset=end)
        for number, (begin, end) in enumerate(offsets)
    )
    return TopicState(cluster_id=cluster, topic="clicks", topic_id=topic_id, partitions=tuple(partitions))


def at(state: TopicState, *offsets: int) -> dict[str, int]:
    return {position_key(state, number): offset for number, offset in enumerate(offsets)}


def ranges(
    state: TopicState, positions: Mapping[str, int], *, max_events: int = 100
) -> list[tuple[int, int, int]]:
    found = next_ranges(state, positions, max_events=max_events, source="clicks")
    return [(one.partition, one.start, one.end) for one in found]


def test_a_first_read_begins_at_what_is_kept_and_gives_every_partition_a_position() -> None:
    state = topic((5, 9), (7, 7), (0, 1))

    first = next_ranges(state, {}, max_events=100, source="clicks")

    assert [(one.start, one.end) for one in first] == [(5, 9), (7, 7), (0, 1)]
    positions = ends_of(state, first)
    assert ranges(topic((5, 9), (7, 8), (0, 1)), positions) == [(1, 7, 8)]


def test_nothing_new_is_nothing_to_read() -> None:
    assert ranges(topic((0, 0), (3, 3)), {}) == []
    state = topic((0, 4), (0, 2))
    assert ranges(state, at(state, 4, 2)) == []


def test_a_batch_is_shared_by_the_partitions_and_bounded() -> None:
    state = topic((0, 100), (0, 3), (0, 100))

    assert ranges(state, at(state, 10, 0, 0), max_events=30) == [(0, 10, 20), (1, 0, 3), (2, 0, 10)]
    assert ranges(state, at(state, 0, 0, 0), max_events=1) == [(0, 0, 1), (1, 0, 1), (2, 0, 1)]


def test_a_partition_added_later_is_read_from_its_first_event() -> None:
    state = topic((0, 4), (0, 2))

    assert ranges(state, at(state, 4)) == [(1, 0, 2)]


def test_events_that_retention_removed_are_a_gap_with_its_size() -> None:
    state = topic((0, 9), (6, 9))

    with pytest.raises(KafkaGap, match="3 events are gone") as gap:
        ranges(state, at(state, 0, 3))

    assert (gap.value.topic, gap.value.partition) == ("clicks", 1)
    assert (gap.value.expected, gap.value.received) == (
        "events from offset 3 on",
        "6 as the first offset kept",
    )


def test_a_position_behind_the_end_is_a_gap() -> None:
    state = topic((0, 2))

    with pytest.raises(
        KafkaGap, match=r"clicks\[0\]: expected an end at offset 3 or later, found the end at 2"
    ):
        ranges(state, at(state, 3))


@pytest.mark.parametrize("other", [topic((0, 9), topic_id="new"), topic((0, 9), cluster="new")])
def test_a_topic_of_the_same_name_that_is_another_is_a_gap(other: TopicState) -> None:
    with pytest.raises(KafkaGap, match="created again"):
        ranges(other, at(topic((0, 9)), 3))


def test_positions_of_other_topics_are_nobodys_business() -> None:
    elsewhere = {"cluster/other/0/orders": 7}

    assert ranges(topic((2, 3)), elsewhere) == [(0, 2, 3)]


def test_positions_are_the_greatest_over_all_commits() -> None:
    def commit(positions: Mapping[str, int] | None) -> TableCommit:
        metadata = {} if positions is None else {POSITIONS: json.dumps(positions)}
        moment = datetime(2024, 1, 1, tzinfo=timezone.utc)
        return TableCommit(
            instant=Instant.from_time(moment),
            completed=moment,
            action="commit",
            rows_written=0,
            rows_inserted=0,
            rows_updated=0,
            metadata=metadata,
        )

    found = committed_positions([commit({"a": 3}), commit(None), commit({"a": 5, "b": 1}), commit({"a": 4})])

    assert found == {"a": 5, "b": 1}


@pytest.mark.spark
@pytest.mark.kafka
def test_exactly_the_range_is_read_and_each_message_knows_its_place(
    spark: SparkSession, kafka_broker: BrokerStatus
) -> None:
    bootstrap = kafka_broker.bootstrap
    assert bootstrap
    create_topic(bootstrap, "ranges", partitions=2)
    values = [b'{"id":"0"}', b'{"id":"1"}', b'{"id":"\xff"}', b"", None, b'{"id":"5"}', b'{"id":"6"}']
    produce(bootstrap, "ranges", [*((b"key", value, 0) for value in values), (None, b'{"id":"other"}', 1)])
    state = describe_topic(bootstrap, "ranges")

    rows = read_kafka(
        spark, state, [OffsetRange(partition=0, start=1, end=6)], bootstrap=bootstrap, names=["id"]
    )

    found = {row[POSITION]: row for row in rows.collect()}
    assert {place: row[FIELDS] and row[FIELDS]["id"] for place, row in found.items()} == {
        "ranges[0]@1": "1",
        "ranges[0]@2": None,
        "ranges[0]@3": None,
        "ranges[0]@4": None,
        "ranges[0]@5": "5",
    }
    assert [place for place, row in found.items() if row[MALFORMED]] == [
        f"ranges[0]@{at}" for at in (2, 3, 4)
    ]
    assert found["ranges[0]@2"][RAW] == '{"id":"\ufffd"}'
    assert found["ranges[0]@5"][COORDINATES] == coordinates_text(state, 0, 5)
