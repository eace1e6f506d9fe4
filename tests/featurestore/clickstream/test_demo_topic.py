"""The demo's topic against a real broker: filled once, resumed where a fill stopped, begun anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream.definitions import CLICKSTREAM
from featurestore.clickstream.demo_topic import TOPIC, begin_topic, fill_topic
from featurestore.clickstream.inputs import PARTITIONS, stream_messages
from featurestore.errors import SourceNotFound
from featurestore.kafka_topics import delete_topic, describe_topic, produce

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.dev.kafka import BrokerStatus

pytestmark = pytest.mark.kafka

Partitions = list[list[tuple[bytes, bytes]]]


@pytest.fixture
def bootstrap(kafka_broker: BrokerStatus) -> str:
    """The address of a broker on which the demo's topic is there and empty."""
    assert kafka_broker.bootstrap
    begin_topic(kafka_broker.bootstrap, anew=True)
    return kafka_broker.bootstrap


def test_the_topic_is_the_one_the_demo_ingests(bootstrap: str) -> None:
    assert CLICKSTREAM.topic == "clickstream"
    assert (
        describe_topic(bootstrap, CLICKSTREAM.topic).topic_id == begin_topic(bootstrap, anew=False).topic_id
    )


def test_the_first_wave_is_filled_once(bootstrap: str, dataset_path: Path) -> None:
    expected = by_partition(dataset_path, waves=[1])

    assert fill_topic(bootstrap, dataset_path, upto_wave=1) == sum(map(len, expected))
    assert fill_topic(bootstrap, dataset_path, upto_wave=1) == 0

    assert messages_in(bootstrap) == expected


def test_a_partial_fill_is_resumed_without_repeats(bootstrap: str, dataset_path: Path) -> None:
    expected = by_partition(dataset_path, waves=[1])
    there = [len(expected[0]), len(expected[1]) // 3, 0]
    produce(
        bootstrap,
        TOPIC,
        [
            (key, value, partition)
            for partition, count in enumerate(there)
            for key, value in expected[partition][:count]
        ],
    )

    assert end_offsets(bootstrap) == there
    written = fill_topic(bootstrap, dataset_path, upto_wave=1)

    assert written == sum(map(len, expected)) - sum(there)
    assert messages_in(bootstrap) == expected


def test_the_second_wave_adds_only_what_lacks(bootstrap: str, dataset_path: Path) -> None:
    fill_topic(bootstrap, dataset_path, upto_wave=1)

    written = fill_topic(bootstrap, dataset_path, upto_wave=2)

    assert written == len(stream_messages(dataset_path, 2))
    assert messages_in(bootstrap) == by_partition(dataset_path, waves=[1, 2])


def test_a_fill_that_stopped_in_the_first_wave_can_go_on_to_the_second(
    bootstrap: str, dataset_path: Path
) -> None:
    produce(bootstrap, TOPIC, stream_messages(dataset_path, 1)[:100])

    fill_topic(bootstrap, dataset_path, upto_wave=2)

    assert messages_in(bootstrap) == by_partition(dataset_path, waves=[1, 2])


def test_more_than_the_first_wave_is_left_as_it_is(bootstrap: str, dataset_path: Path) -> None:
    fill_topic(bootstrap, dataset_path, upto_wave=2)
    before = describe_topic(bootstrap, TOPIC)

    assert fill_topic(bootstrap, dataset_path, upto_wave=1) == 0
    assert describe_topic(bootstrap, TOPIC) == before


def test_begun_anew_it_is_another_topic_and_empty(bootstrap: str) -> None:
    produce(bootstrap, TOPIC, [(b"user_0001", b"{}", 0)])
    before = describe_topic(bootstrap, TOPIC)

    after = begin_topic(bootstrap, anew=True)

    assert after.topic_id != before.topic_id
    assert end_offsets(bootstrap) == [0] * PARTITIONS


def test_begun_again_it_is_the_same_topic_with_its_messages(bootstrap: str) -> None:
    produce(bootstrap, TOPIC, [(b"user_0001", b"{}", 0)])
    before = describe_topic(bootstrap, TOPIC)

    assert begin_topic(bootstrap, anew=False) == before


@pytest.mark.parametrize("anew", [False, True])
def test_a_missing_topic_is_made(bootstrap: str, anew: bool) -> None:
    delete_topic(bootstrap, TOPIC)

    assert len(begin_topic(bootstrap, anew=anew).partitions) == PARTITIONS


def test_a_topic_that_was_not_begun_is_not_filled(bootstrap: str, dataset_path: Path) -> None:
    delete_topic(bootstrap, TOPIC)

    with pytest.raises(SourceNotFound, match=TOPIC):
        fill_topic(bootstrap, dataset_path, upto_wave=1)


def by_partition(dataset: Path, *, waves: list[int]) -> Partitions:
    """Keys and values as each partition must hold them, in order."""
    partitions: Partitions = [[] for _ in range(PARTITIONS)]
    for wave in waves:
        for key, value, partition in stream_messages(dataset, wave):
            partitions[partition].append((key, value))
    return partitions


def end_offsets(bootstrap: str) -> list[int]:
    return [one.end_offset for one in describe_topic(bootstrap, TOPIC).partitions]


def messages_in(bootstrap: str) -> Partitions:
    """Keys and values that each partition holds, in order."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=30_000
    )
    consumer.assign([TopicPartition(TOPIC, partition) for partition in range(PARTITIONS)])
    partitions: Partitions = [[] for _ in range(PARTITIONS)]
    for _ in range(sum(end_offsets(bootstrap))):
        record = next(consumer)
        partitions[record.partition].append((record.key, record.value))
    consumer.close()
    return partitions
