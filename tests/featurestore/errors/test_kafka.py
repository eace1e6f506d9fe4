"""Errors of Kafka and of the laptop's own broker."""

from __future__ import annotations

import pytest

from featurestore.errors import BrokerFailed, KafkaGap, KafkaRefused, KafkaUnreachable
from tests.helpers.next_moves import next_move

ERRORS = [
    KafkaUnreachable("localhost:9092", timeout_seconds=10.0),
    KafkaRefused("localhost:9092", action="create a topic", finding="not authorised"),
    KafkaGap("clicks", 3, expected="offset 7", received="offset 9", remedy="Read them from files."),
    KafkaGap("clicks", None, expected="topic id a", received="id b", remedy="Give its events a new source."),
    BrokerFailed("/state/kafka", finding="it ended with code 1", log="/state/kafka/server.log"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_message_ends_with_the_next_move(error: Exception) -> None:
    assert next_move(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_what_it_was_made_of(error: Exception) -> None:
    kept = vars(error)

    assert kept
    assert all(str(value) in str(error) for value in kept.values() if isinstance(value, str))


def test_a_broker_whose_log_cannot_help_has_another_move() -> None:
    error = BrokerFailed("/state/kafka", finding="it is locked", log="/state/log", remedy="Try again.")

    assert next_move(error) == "Try again."
    assert "/state/log" not in str(error)


def test_a_gap_names_its_partition() -> None:
    gap = KafkaGap("clicks", 3, expected="offset 7", received="offset 9", remedy="Read them from files.")

    assert "clicks[3]" in str(gap)
