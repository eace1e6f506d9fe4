"""Kafka topics seen from outside Spark: what they hold now, creating and deleting them, producing to them.

Nothing here starts a thread that outlives the call, and the Kafka client's own log is silent while a call
runs: what went wrong is in the error. Where no broker answers, a call raises KafkaUnreachable after its
timeout; where one refuses, KafkaRefused.
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from featurestore.errors import InvalidRequest, KafkaRefused, KafkaUnreachable, SourceNotFound
from featurestore.kafka_client import (
    admin_client,
    kafka_errors,
    milliseconds_until,
    producer_client,
    retried,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Message = tuple[bytes | None, bytes | None, int | None]
"""Key, value and partition; a partition of `None` is chosen by the key as Java's clients choose it."""

_POLL_SECONDS = 0.05
_BATCH_MESSAGES = 5_000


@dataclass(frozen=True, kw_only=True)
class PartitionState:
    """The offsets one partition holds: from `beginning_offset` up to, and without, `end_offset`."""

    partition: int
    beginning_offset: int
    end_offset: int


@dataclass(frozen=True, kw_only=True)
class TopicState:
    """What a topic holds now; `partitions` in order of their number.

    `cluster_id` and `topic_id` are written as Kafka prints them: 22 characters of URL-safe base64. A topic
    that was deleted and created again has another `topic_id`.
    """

    cluster_id: str
    topic: str
    topic_id: str
    partitions: tuple[PartitionState, ...]


def cluster_id(bootstrap: str, *, timeout_seconds: float = 10.0) -> str:
    """The id of the cluster that answers at `bootstrap`, as soon as one of its brokers is ready to serve."""
    with admin_client(bootstrap, timeout_seconds=timeout_seconds, action="describe the cluster") as (
        admin,
        deadline,
    ):
        while True:
            cluster = admin.describe_cluster()
            if any(not broker.get("is_fenced") for broker in cluster["brokers"]):
                return str(cluster["cluster_id"])
            if time.monotonic() > deadline:
                raise KafkaUnreachable(bootstrap, timeout_seconds=timeout_seconds)
            time.sleep(_POLL_SECONDS)


def describe_topic(bootstrap: str, topic: str, *, timeout_seconds: float = 10.0) -> TopicState:
    """What a topic holds now.

    End offsets are those a `read_committed` reader sees (the last stable offset: nothing at or behind an open
    transaction counts). Raises SourceNotFound where there is no such topic.
    """
    with admin_client(bootstrap, timeout_seconds=timeout_seconds, action=f"describe {topic!r}") as (
        admin,
        deadline,
    ):
        state = retried(lambda: _topic_state(admin, topic), deadline=deadline)
    if state is None:
        raise _topic_not_found(bootstrap, topic)
    return state


def read_first(
    bootstrap: str, topic: str, *, partition: int, timeout_seconds: float = 10.0
) -> tuple[bytes | None, bytes | None] | None:
    """Key and value of the oldest message of a partition; `None` where none came in time.

    Reads outside of any consumer group, so that nothing of it stays.
    """
    with kafka_errors(bootstrap, timeout_seconds=timeout_seconds, action=f"read {topic!r}"):
        from kafka import KafkaConsumer, TopicPartition

        milliseconds = max(1, round(1000 * timeout_seconds))
        consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            consumer_timeout_ms=milliseconds,
        )
        try:
            consumer.assign([TopicPartition(topic, partition)])
            found = next(consumer, None)
        finally:
            consumer.close()
    return None if found is None else (found.key, found.value)


def create_topic(
    bootstrap: str,
    topic: str,
    *,
    partitions: int,
    settings: Mapping[str, str] | None = None,
    timeout_seconds: float = 10.0,
) -> TopicState:
    """Have a topic with this number of partitions; one that exists is left as it is, settings included.

    Replication is the cluster's default. Raises InvalidRequest where the topic exists with another number of
    partitions. Returns once every partition can be written.
    """
    action = f"create {topic!r}"
    with admin_client(bootstrap, timeout_seconds=timeout_seconds, action=action) as (admin, deadline):
        wanted = {"num_partitions": partitions, "configs": dict(settings or {})}
        created = admin.create_topics(
            {topic: wanted}, timeout_ms=milliseconds_until(deadline), raise_errors=False
        )
        answer = created["topics"][0]
        _refuse_unless(answer, {"NoError", "TopicAlreadyExistsError"}, bootstrap=bootstrap, action=action)
        # A topic that existed has no id in the answer; the id of a new one tells it from one just deleted.
        topic_id = _kafka_uuid(answer["topic_id"]) if answer["error_code"] == 0 else None
        state = retried(lambda: _topic_state(admin, topic, topic_id=topic_id), deadline=deadline, until=bool)
    if state is None:
        raise KafkaUnreachable(bootstrap, timeout_seconds=timeout_seconds)
    if len(state.partitions) != partitions:
        received = f"{len(state.partitions)} in the topic that exists"
        raise InvalidRequest(f"Topic {topic!r}", expected=f"{partitions} partitions", received=received)
    return state


def delete_topic(bootstrap: str, topic: str, *, timeout_seconds: float = 10.0) -> bool:
    """Delete a topic with all it holds; whether there was one. Returns once no broker shows it any more."""
    action = f"delete {topic!r}"
    with admin_client(bootstrap, timeout_seconds=timeout_seconds, action=action) as (admin, deadline):
        before = _topic_metadata(admin, topic)
        deleted = admin.delete_topics([topic], timeout_ms=milliseconds_until(deadline), raise_errors=False)
        answer = deleted["topics"][0]
        _refuse_unless(
            answer, {"NoError", "UnknownTopicOrPartitionError"}, bootstrap=bootstrap, action=action
        )
        gone = retried(
            lambda: (
                before is None or (_topic_metadata(admin, topic) or {}).get("topic_id") != before["topic_id"]
            ),
            deadline=deadline,
            until=bool,
        )
    if not gone:
        raise KafkaUnreachable(bootstrap, timeout_seconds=timeout_seconds)
    return bool(answer["error_code"] == 0)


def produce(
    bootstrap: str,
    topic: str,
    messages: Iterable[Message],
    *,
    timeout_seconds: float = 30.0,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write messages in order and give their number, once all replicas have taken every one of them.

    An idempotent producer writes them: a repeat after a lost answer makes no duplicate within this call.
    `messages` is read in bounded pieces, `timeout_seconds` holds for each, and `progress` is told the number
    written so far after each. On an error the pieces before are written, of the failed one perhaps a part.
    Raises SourceNotFound where there is no such topic, InvalidRequest for a partition it does not have or a
    message of nothing, and KafkaRefused for a message the broker does not take.
    """
    state = describe_topic(bootstrap, topic, timeout_seconds=timeout_seconds)
    written = 0
    remaining = iter(messages)
    with producer_client(bootstrap, topic, timeout_seconds=timeout_seconds) as producer:
        while piece := list(islice(remaining, _BATCH_MESSAGES)):
            _check_messages(state, piece)
            sent = [
                producer.send(topic, key=key, value=value, partition=partition)
                for key, value, partition in piece
            ]
            producer.flush(timeout_seconds)
            for record in sent:
                record.get(timeout=timeout_seconds)
            written += len(piece)
            if progress:
                progress(written)
    return written


def _check_messages(state: TopicState, messages: Sequence[Message]) -> None:
    known = {partition.partition for partition in state.partitions}
    for key, value, partition in messages:
        if key is None and value is None:
            subject = f"Message for topic {state.topic!r}"
            raise InvalidRequest(subject, expected="a key, a value or both", received=None)
        if partition is not None and partition not in known:
            expected = f"a partition from 0 to {len(known) - 1}, or none"
            raise InvalidRequest(f"Message for topic {state.topic!r}", expected=expected, received=partition)


def _topic_state(admin: Any, topic: str, *, topic_id: str | None = None) -> TopicState | None:
    """A topic's state; `None` where there is no such topic, or none with this id yet."""
    from kafka import IsolationLevel, TopicPartition
    from kafka.admin import OffsetSpec

    metadata = _topic_metadata(admin, topic)
    if metadata is None or (topic_id and _kafka_uuid(metadata["topic_id"]) != topic_id):
        return None
    found = sorted(partition["partition_index"] for partition in metadata["partitions"])
    first, last = (
        admin.list_partition_offsets(
            {TopicPartition(topic, partition): position for partition in found},
            isolation_level=IsolationLevel.READ_COMMITTED,
        )
        for position in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    )
    again = _topic_metadata(admin, topic)
    if again is None or again["topic_id"] != metadata["topic_id"]:
        return _topic_state(admin, topic, topic_id=topic_id)
    return TopicState(
        cluster_id=str(admin.describe_cluster()["cluster_id"]),
        topic=topic,
        topic_id=_kafka_uuid(metadata["topic_id"]),
        partitions=tuple(
            PartitionState(
                partition=partition,
                beginning_offset=first[TopicPartition(topic, partition)].offset,
                end_offset=last[TopicPartition(topic, partition)].offset,
            )
            for partition in found
        ),
    )


def _topic_metadata(admin: Any, topic: str) -> dict[str, Any] | None:
    """What the cluster says of a topic; `None` where it knows none, an error while one part has no leader."""
    from kafka import errors

    metadata: dict[str, Any] = admin.describe_topics([topic])[0]
    for part in (metadata, *metadata["partitions"]):
        error = errors.for_code(part["error_code"])
        if error is errors.UnknownTopicOrPartitionError:
            return None
        if error is not errors.NoError:
            raise error(topic)
    return metadata


def _kafka_uuid(identifier: str | UUID) -> str:
    return urlsafe_b64encode(UUID(str(identifier)).bytes).decode().rstrip("=")


def _topic_not_found(bootstrap: str, topic: str) -> SourceNotFound:
    remedy = "Create the topic, or correct its name."
    return SourceNotFound(topic, location=f"Kafka {bootstrap}", remedy=remedy)


def _refuse_unless(answer: Mapping[str, Any], accepted: set[str], *, bootstrap: str, action: str) -> None:
    from kafka import errors

    name = errors.for_code(answer["error_code"]).__name__
    if name not in accepted:
        finding = f"{name}: {answer.get('error_message') or 'no reason was given'}"
        raise KafkaRefused(bootstrap, action=action, finding=finding)
