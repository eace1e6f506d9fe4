"""Errors of Kafka and of the laptop's own broker."""

from __future__ import annotations

from typing import ClassVar

from featurestore.errors.base import Retryable, StepFailed


class KafkaUnreachable(StepFailed, Retryable):
    """No broker answered in time."""

    cause: ClassVar[str] = (
        "The broker is down or still starting, the setting `kafka.bootstrap` is wrong, or the network does "
        "not let the client through."
    )
    next_move: ClassVar[str] = "Check the address, or start one with `featurestore dev kafka up`."

    def __init__(self, bootstrap: str, *, timeout_seconds: float) -> None:
        self.bootstrap, self.timeout_seconds = bootstrap, timeout_seconds
        super().__init__(
            f"Expected a Kafka broker at {bootstrap}, none answered within {timeout_seconds:g} s. "
            f"{self.next_move}"
        )


class KafkaRefused(StepFailed):
    """A broker answered and would not do what was asked."""

    cause: ClassVar[str] = (
        "The broker is there, but this client may not do what was asked, or the broker does not take it: a "
        "name it does not allow, a message too large for it."
    )
    next_move: ClassVar[str] = "Check what this client may do there, and the broker's log."

    def __init__(self, bootstrap: str, *, action: str, finding: str) -> None:
        self.bootstrap, self.action, self.finding = bootstrap, action, finding
        super().__init__(
            f"Expected Kafka at {bootstrap} to {action}, it refused: {finding}. {self.next_move}"
        )


class BrokerFailed(StepFailed, Retryable):
    """The laptop's own Kafka broker did not start or end as asked; its log says why."""

    cause: ClassVar[str] = (
        "The broker of `featurestore dev kafka up` could not start, or another process holds its folder: "
        "its storage was damaged, or a port or memory is missing."
    )
    next_move: ClassVar[str] = (
        "Read the broker's log, whose path the message names, or do what the message says in its place."
    )

    def __init__(self, directory: str, *, finding: str, log: str, remedy: str | None = None) -> None:
        self.directory, self.finding, self.log = directory, finding, log
        self.remedy = remedy or f"Read its log, {log}."
        super().__init__(f"The Kafka broker under {directory}: {finding}. {self.remedy}")


class KafkaGap(StepFailed):
    """Events between the table's position and the topic can no longer be read."""

    cause: ClassVar[str] = (
        "The topic's retention removed events before they were read, the topic was created again, or it "
        "lost messages."
    )
    next_move: ClassVar[str] = (
        "Ingest the missing events from files, or give a topic that was created again a source of its own."
    )

    def __init__(
        self, topic: str, partition: int | None, *, expected: str, received: str, remedy: str
    ) -> None:
        self.topic, self.partition = topic, partition
        self.expected, self.received, self.remedy = expected, received, remedy
        where = topic if partition is None else f"{topic}[{partition}]"
        super().__init__(f"Kafka {where}: expected {expected}, found {received}. {remedy}")
