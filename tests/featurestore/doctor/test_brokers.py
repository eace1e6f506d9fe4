"""What is said of Kafka, by a real broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream.definitions import CLICKSTREAM
from featurestore.config import load_profile
from featurestore.doctor import brokers as looked_at
from featurestore.doctor.brokers import brokers
from featurestore.doctor.finding import Finding, Outcome
from featurestore.kafka_topics import create_topic, delete_topic, produce

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featurestore.dev.kafka import BrokerStatus

TOPIC = "doctored"


def found(state: Path, bootstrap: str | None) -> list[Finding]:
    given = {"state_directory": str(state), "kafka.bootstrap": bootstrap}
    return list(brokers(load_profile("local", overrides=given, variables={})))


@pytest.fixture
def bootstrap(kafka_broker: BrokerStatus, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(looked_at, "_topics", lambda _: [TOPIC])
    address = str(kafka_broker.bootstrap)
    yield address
    delete_topic(address, TOPIC)


def test_no_broker_at_all_does_not_fail(tmp_path: Path) -> None:
    (told,) = found(tmp_path, None)

    assert (told.check, told.outcome) == ("kafka", Outcome.SKIP)
    assert "featurestore dev kafka up" in told.seen


def test_a_broker_that_does_not_answer_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked_at, "_SECONDS", 0.5)

    (told,) = found(tmp_path, "127.0.0.1:1")

    assert told.outcome is Outcome.FAIL


@pytest.mark.kafka
def test_a_topic_that_is_not_there_fails(tmp_path: Path, bootstrap: str) -> None:
    answered, topic = found(tmp_path, bootstrap)

    assert (answered.outcome, topic.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert topic.check == f"topic {TOPIC}"
    assert "Create the topic, or correct its name." in topic.seen


@pytest.mark.kafka
def test_a_topic_is_read_where_there_is_something(tmp_path: Path, bootstrap: str) -> None:
    create_topic(bootstrap, TOPIC, partitions=2)
    empty = found(tmp_path, bootstrap)[1]
    produce(bootstrap, TOPIC, [(None, b"{}", 1)])
    filled = found(tmp_path, bootstrap)[1]

    assert (empty.outcome, empty.seen) == (Outcome.PASS, "2 partitions, 0 messages, so that none was read")
    assert (filled.outcome, filled.seen) == (Outcome.PASS, "2 partitions, 1 messages")


@pytest.mark.kafka
def test_a_topic_of_which_nothing_comes_fails(
    tmp_path: Path, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_topic(bootstrap, TOPIC, partitions=1)
    produce(bootstrap, TOPIC, [(None, b"{}", 0)])
    monkeypatch.setattr(looked_at, "read_first", lambda *_, **__: None)

    told = found(tmp_path, bootstrap)[1]

    assert (told.outcome, told.fix) == (Outcome.FAIL, "Allow reading the topic.")


def test_the_topics_are_those_of_the_projects_sources() -> None:
    assert looked_at._topics(load_profile("local", variables={})) == [CLICKSTREAM.topic]
