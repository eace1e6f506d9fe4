"""Errors of Kafka and of the laptop's own broker."""

from __future__ import annotations

from featurestore.errors.base import Retryable, StepFailed


class KafkaUnreachable(StepFailed, Retryable):
    """No broker answered in time."""

    def __init__(self, bootstrap: str, *, timeout_seconds: float) -> None:
        self.bootstrap, self.timeout_seconds = bootstrap, timeout_seconds
        super().__init__(
            f"Expected a Kafka broker at {bootstrap}, none answered within {timeout_seconds:g} s. "
            "Check the address, or start one with `featurestore dev kafka up`."
        )


class KafkaRefused(StepFailed):
    """A broker answered and would not do what was asked."""

    def __init__(self, bootstrap: str, *, action: str, cause: str) -> None:
        self.bootstrap, self.action, self.cause = bootstrap, action, cause
        super().__init__(
            f"Expected Kafka at {bootstrap} to {action}, it refused: {cause}. "
            "Check what this client may do there, and the broker's log."
        )


class BrokerFailed(StepFailed, Retryable):
    """The laptop's own Kafka broker did not start or end as asked; its log says why."""

    def __init__(self, directory: str, *, finding: str, log: str) -> None:
        self.directory, self.finding, self.log = directory, finding, log
        super().__init__(f"The Kafka broker under {directory}: {finding}. Read its log, {log}.")


class KafkaGap(StepFailed):
    """Events between the table's position and the topic can no longer be read."""

    def __init__(
        self, topic: str, partition: int | None, *, expected: str, received: str, remedy: str
    ) -> None:
        self.topic, self.partition = topic, partition
        self.expected, self.received, self.remedy = expected, received, remedy
        where = topic if partition is None else f"{topic}[{partition}]"
        super().__init__(f"Kafka {where}: expected {expected}, found {received}. {remedy}")
