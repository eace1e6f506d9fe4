"""The Kafka client: this package's errors, its own silence, an end in time."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, cast

import pytest

from featurestore.errors import KafkaRefused, KafkaUnreachable, MissingPart
from featurestore.kafka_client import (
    _check_installed,
    admin_client,
    kafka_errors,
    milliseconds_until,
    producer_client,
    retried,
)
from featurestore.kafka_topics import create_topic

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from featurestore.dev.kafka import BrokerStatus

NOBODY = "127.0.0.1:1"
LONG_AGO = 0.0
"""A deadline that is over."""


@pytest.fixture
def errors() -> ModuleType:
    """The client's own errors; imported as the module does it, past the client's warning."""
    _check_installed()
    import kafka.errors

    return cast("ModuleType", kafka.errors)


def never() -> float:
    """A deadline no test reaches."""
    return time.monotonic() + 600


def answering(*answers: object) -> Callable[[], object]:
    """A call that gives these answers, one after the other; an error among them is raised."""
    remaining = iter(answers)

    def call() -> object:
        answer = next(remaining)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


@pytest.mark.parametrize("name", ["KafkaConnectionError", "KafkaTimeoutError", "RequestTimedOutError"])
def test_no_answer_is_an_unreachable_broker(errors: ModuleType, name: str) -> None:
    with (
        pytest.raises(KafkaUnreachable, match=f"{NOBODY}.*within 2.5 s"),
        kafka_errors(NOBODY, timeout_seconds=2.5, action="answer"),
    ):
        raise getattr(errors, name)


def test_any_other_answer_is_a_refusal_with_its_cause(errors: ModuleType) -> None:
    with (
        pytest.raises(KafkaRefused, match="to sing, it refused: TopicAuthorizationFailedError") as refused,
        kafka_errors(NOBODY, timeout_seconds=1, action="sing"),
    ):
        raise errors.TopicAuthorizationFailedError

    assert refused.value.action == "sing"


def test_an_error_that_is_not_the_clients_passes() -> None:
    with pytest.raises(ZeroDivisionError), kafka_errors(NOBODY, timeout_seconds=1, action="divide"):
        raise ZeroDivisionError


def test_the_clients_log_is_silent_meanwhile_and_then_as_before(errors: ModuleType) -> None:
    client_log = logging.getLogger("kafka")
    before = client_log.level
    client_log.setLevel(logging.INFO)
    try:
        with kafka_errors(NOBODY, timeout_seconds=1, action="be quiet"):
            assert not client_log.isEnabledFor(logging.CRITICAL)
        assert client_log.level == logging.INFO
        with pytest.raises(KafkaRefused), kafka_errors(NOBODY, timeout_seconds=1, action="be quiet"):
            raise errors.TopicAuthorizationFailedError
        assert client_log.level == logging.INFO
    finally:
        client_log.setLevel(before)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kafka", None)

    with (
        pytest.raises(MissingPart, match=r"featurestore\[kafka\]"),
        kafka_errors(NOBODY, timeout_seconds=1, action="be there"),
    ):
        pytest.fail("the body ran")


def test_an_error_that_can_pass_is_asked_again(errors: ModuleType) -> None:
    call = answering(errors.NotLeaderForPartitionError(), errors.NotLeaderForPartitionError(), "answer")

    assert retried(call, deadline=never()) == "answer"


def test_an_error_that_cannot_pass_is_raised_at_once(errors: ModuleType) -> None:
    call = answering(errors.TopicAuthorizationFailedError(), "answer")

    with pytest.raises(errors.TopicAuthorizationFailedError):
        retried(call, deadline=never())
    assert call() == "answer"


def test_after_the_deadline_nothing_is_asked_again(errors: ModuleType) -> None:
    call = answering(errors.NotLeaderForPartitionError(), "answer")

    with pytest.raises(errors.NotLeaderForPartitionError):
        retried(call, deadline=LONG_AGO)
    assert call() == "answer"


def test_an_answer_is_awaited_to_the_deadline_and_no_further() -> None:
    assert retried(answering(0, 0, 7), deadline=never(), until=bool) == 7
    assert retried(answering(0, 7), deadline=LONG_AGO, until=bool) == 0


def test_what_is_left_is_never_nothing() -> None:
    assert milliseconds_until(LONG_AGO) == 1
    assert 1 < milliseconds_until(never()) <= 600_000


def test_where_nobody_answers_no_thread_stays() -> None:
    threads = set(threading.enumerate())

    with (
        pytest.raises(KafkaUnreachable, match=NOBODY),
        admin_client(NOBODY, timeout_seconds=0.3, action="answer"),
    ):
        pytest.fail("somebody answered")
    with pytest.raises(KafkaUnreachable, match=NOBODY), producer_client(NOBODY, "t", timeout_seconds=0.3):
        pytest.fail("somebody answered")

    assert set(threading.enumerate()) <= threads


@pytest.mark.kafka
def test_where_a_broker_answers_no_thread_stays_either(kafka_broker: BrokerStatus) -> None:
    assert kafka_broker.bootstrap
    create_topic(kafka_broker.bootstrap, "client", partitions=1)
    threads = set(threading.enumerate())

    with admin_client(kafka_broker.bootstrap, timeout_seconds=30, action="answer") as (admin, _):
        assert admin.describe_cluster()["cluster_id"] == kafka_broker.cluster_id
    with producer_client(kafka_broker.bootstrap, "client", timeout_seconds=30) as producer:
        assert producer.send("client", value=b"there").get(timeout=30).offset == 0

    assert set(threading.enumerate()) <= threads
