"""Progress of long actions: steps say what they do, whoever runs them decides how it is shown."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _silent(_message: str) -> None:
    """Where nobody listens."""


_listener: ContextVar[Callable[[str], None]] = ContextVar("progress_listener", default=_silent)


def tell(message: str) -> None:
    """Says in a few words what begins now, such as "writing 31,106 events"."""
    _listener.get()(message)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Hands every message of the calls inside to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
