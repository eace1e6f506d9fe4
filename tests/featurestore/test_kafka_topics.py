from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import InvalidRequest, KafkaRefused, KafkaUnreachable, SourceNotFound
from featurestore.kafka_topics import (
    PartitionState,
    cluster_id,
    create_topic,
    delete_topic,
    describe_topic,
    produce,
    read_first,
)

if TYPE_CHECKING:
    from featurestore.dev.kafka import BrokerStatus

NOBODY = "127.0.0.1:1"


@pytest.fixture
def bootstrap(kafka_broker: BrokerStatus) -> str:
    assert kafka_broker.bootstrap
    return kafka_broker.bootstrap


@pytest.mark.kafka
def test_a_new_topic_is_empty_and_bears_kafkas_ids(bootstrap: str, kafka_broker: BrokerStatus) -> None:
    state = create_topic(bootstrap, "new", partitions=2)

    assert state.partitions == (
        PartitionState(partition=0, beginning_offset=0, end_offset=0),
        PartitionState(partition=1, beginning_offset=0, end_offset=0),
    )
    assert state.cluster_id == kafka_broker.cluster_id == cluster_id(bootstrap)
    assert len(state.topic_id) == 22
    assert describe_topic(bootstrap, "new") == state


@pytest.mark.kafka
def test_creating_a_topic_twice_leaves_it_as_it_is(bootstrap: str) -> None:
    first = create_topic(bootstrap, "twice", partitions=1)
    produce(bootstrap, "twice", [(b"key", b"value", 0)])

    second = create_topic(bootstrap, "twice", partitions=1)

    assert second.topic_id == first.topic_id
    assert second.partitions == (PartitionState(partition=0, beginning_offset=0, end_offset=1),)


@pytest.mark.kafka
def test_a_topic_with_another_number_of_partitions_is_refused(bootstrap: str) -> None:
    create_topic(bootstrap, "narrow", partitions=1)

    with pytest.raises(InvalidRequest, match="expected 3 partitions, got '1 in the topic that exists'"):
        create_topic(bootstrap, "narrow", partitions=3)


@pytest.mark.kafka
def test_a_topic_made_again_has_another_id(bootstrap: str) -> None:
    before = create_topic(bootstrap, "again", partitions=1)
    produce(bootstrap, "again", [(None, b"gone", None)])

    assert delete_topic(bootstrap, "again")
    assert not delete_topic(bootstrap, "again")
    after = create_topic(bootstrap, "again", partitions=1)

    assert after.topic_id != before.topic_id
    assert after.partitions == (PartitionState(partition=0, beginning_offset=0, end_offset=0),)


@pytest.mark.kafka
def test_offsets_count_the_messages_of_each_partition(bootstrap: str) -> None:
    create_topic(bootstrap, "counted", partitions=2)
    told: list[int] = []

    written = produce(
        bootstrap,
        "counted",
        ((b"k", str(n).encode(), n % 3 % 2) for n in range(12_000)),
        progress=told.append,
    )

    assert written == 12_000
    assert told == [5_000, 10_000, 12_000]
    ends = [partition.end_offset for partition in describe_topic(bootstrap, "counted").partitions]
    assert ends == [8_000, 4_000]


@pytest.mark.kafka
def test_offsets_of_an_open_transaction_do_not_count(bootstrap: str) -> None:
    from kafka import KafkaProducer

    create_topic(bootstrap, "transacted", partitions=1)
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="test")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send("transacted", value=b"open").get(timeout=30)

    assert describe_topic(bootstrap, "transacted").partitions[0].end_offset == 0

    producer.commit_transaction()
    producer.close()
    # The mark of the commit comes a little behind it: this reader waits for it.
    read_from_the_start(bootstrap, "transacted", messages=1)
    # The message and the mark of its commit.
    assert describe_topic(bootstrap, "transacted").partitions[0].end_offset == 2


@pytest.mark.kafka
def test_messages_keep_their_order_and_bytes(bootstrap: str) -> None:
    create_topic(bootstrap, "ordered", partitions=1)
    messages = [(None, b"\x00\xff", 0), (b"key", None, 0), (b"key", b"", 0)]

    produce(bootstrap, "ordered", messages)

    read = read_from_the_start(bootstrap, "ordered", messages=3)
    assert [(record.key, record.value, record.partition) for record in read] == messages


@pytest.mark.kafka
def test_a_missing_topic_is_named(bootstrap: str) -> None:
    with pytest.raises(SourceNotFound, match="'absent'"):
        describe_topic(bootstrap, "absent")
    with pytest.raises(SourceNotFound, match="'absent'"):
        produce(bootstrap, "absent", [(b"key", b"value", None)])


@pytest.mark.kafka
def test_a_message_that_cannot_be_written_is_an_error(bootstrap: str) -> None:
    create_topic(bootstrap, "strict", partitions=1)

    with pytest.raises(InvalidRequest, match="a partition from 0 to 0"):
        produce(bootstrap, "strict", [(None, b"value", 1)])
    with pytest.raises(InvalidRequest, match="a key, a value or both"):
        produce(bootstrap, "strict", [(None, None, 0)])
    with pytest.raises(KafkaRefused, match="MessageSizeTooLarge"):
        produce(bootstrap, "strict", [(None, b"x" * 2_000_000, 0)])

    assert describe_topic(bootstrap, "strict").partitions[0].end_offset == 0


@pytest.mark.kafka
def test_a_topic_kafka_refuses_says_why(bootstrap: str) -> None:
    with pytest.raises(KafkaRefused, match="Topic name is invalid"):
        create_topic(bootstrap, "no spaces", partitions=1)


def test_no_broker_is_said_once_and_quietly(caplog: pytest.LogCaptureFixture) -> None:
    threads = set(threading.enumerate())

    with caplog.at_level(logging.DEBUG), pytest.raises(KafkaUnreachable, match=NOBODY):
        describe_topic(NOBODY, "topic", timeout_seconds=0.5)

    assert [record for record in caplog.records if record.name.startswith("kafka")] == []
    assert set(threading.enumerate()) <= threads


def read_from_the_start(bootstrap: str, topic: str, *, messages: int) -> list[Any]:
    """What a reader of committed messages gets from partition 0; waits for this many."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        consumer_timeout_ms=30_000,
    )
    consumer.assign([TopicPartition(topic, 0)])
    read = [next(consumer) for _ in range(messages)]
    consumer.close()
    return read


@pytest.mark.kafka
def test_the_oldest_message_is_read_without_a_trace(bootstrap: str) -> None:
    create_topic(bootstrap, "oldest", partitions=2)
    produce(bootstrap, "oldest", [(b"first", b"1", 0), (b"second", b"2", 0)])

    assert read_first(bootstrap, "oldest", partition=0) == (b"first", b"1")
    assert read_first(bootstrap, "oldest", partition=1, timeout_seconds=0.5) is None
