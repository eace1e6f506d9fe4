"""The Kafka client as this package uses it: quiet, bounded in time, and with this package's errors."""

from __future__ import annotations

import logging
import time
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from featurestore.errors import KafkaRefused, KafkaUnreachable, MissingPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Answer = TypeVar("_Answer")

_POLL_SECONDS = 0.05
_UNREACHABLE = {
    "KafkaConnectionError",
    "KafkaTimeoutError",
    "NodeNotReadyError",
    "RequestTimedOutError",
}


@contextmanager
def admin_client(bootstrap: str, *, timeout_seconds: float, action: str) -> Iterator[tuple[Any, float]]:
    """An admin client and the time (monotonic, seconds) by which the call should have ended.

    `action` completes "Kafka refused to ..." in the error of a call that the broker refuses.
    """
    with kafka_errors(bootstrap, timeout_seconds=timeout_seconds, action=action):
        from kafka import KafkaAdminClient
        from kafka.net.compat import KafkaNetClient

        deadline = time.monotonic() + timeout_seconds
        milliseconds = milliseconds_until(deadline)
        clients: list[Any] = []

        def remembered(**settings: Any) -> Any:
            clients.append(KafkaNetClient(**settings))
            return clients[-1]

        try:
            admin = KafkaAdminClient(
                bootstrap_servers=bootstrap,
                bootstrap_timeout_ms=milliseconds,
                request_timeout_ms=milliseconds,
                kafka_client=remembered,
            )
            yield admin, deadline
        finally:
            # Not `admin.close()`: a client that found no broker was never returned, and its thread goes on.
            for client in clients:
                with suppress(Exception):
                    client.close()
                client._manager._net.stop()  # noqa: SLF001


@contextmanager
def producer_client(bootstrap: str, topic: str, *, timeout_seconds: float) -> Iterator[Any]:
    """An idempotent producer whose messages count once all replicas have them."""
    with kafka_errors(bootstrap, timeout_seconds=timeout_seconds, action=f"take messages for {topic!r}"):
        from kafka import KafkaProducer

        milliseconds = max(1, round(1000 * timeout_seconds))
        producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            linger_ms=5,
            batch_size=128 * 1024,
            bootstrap_timeout_ms=milliseconds,
            max_block_ms=milliseconds,
            request_timeout_ms=milliseconds,
            delivery_timeout_ms=milliseconds + 5,
        )
        try:
            yield producer
        finally:
            producer.close(timeout=timeout_seconds)


@contextmanager
def kafka_errors(bootstrap: str, *, timeout_seconds: float, action: str) -> Iterator[None]:
    """Turn the client's errors into this package's, and silence its log meanwhile."""
    _check_installed()
    from kafka.errors import KafkaError

    client_log = logging.getLogger("kafka")
    level = client_log.level
    client_log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except KafkaError as error:
        name = type(error).__name__
        if name in _UNREACHABLE:
            raise KafkaUnreachable(bootstrap, timeout_seconds=timeout_seconds) from None
        raise KafkaRefused(bootstrap, action=action, finding=f"{name}: {error}") from None
    finally:
        client_log.setLevel(level)


def milliseconds_until(deadline: float) -> int:
    """What is left until a monotonic time in seconds; at least 1."""
    return max(1, round(1000 * (deadline - time.monotonic())))


def retried(
    call: Callable[[], _Answer], *, deadline: float, until: Callable[[_Answer], bool] = lambda _answer: True
) -> _Answer:
    """The call's answer; asked again to the deadline while an error can pass or `until` does not hold."""
    from kafka.errors import KafkaError

    while True:
        late = time.monotonic() > deadline
        try:
            answer = call()
            if late or until(answer):
                return answer
        except KafkaError as error:
            if late or not getattr(error, "retriable", False):
                raise
        time.sleep(_POLL_SECONDS)


def _check_installed() -> None:
    with warnings.catch_warnings():
        # The client reads its own schemas by a function that Python 3.11 deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import kafka
            import kafka.admin  # noqa: F401
        except ImportError:
            remedy = "Install `featurestore[kafka]`."
            raise MissingPart("The package kafka-python", needed_for="Kafka sources", remedy=remedy) from None
