"""What signals mean to a process that runs a step: SIGTERM is a wish to stop, and Ctrl-C is remembered."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def stop_on_terminate() -> Iterator[threading.Event]:
    """An event that SIGTERM sets; afterwards SIGTERM means what it meant before.

    Outside the main thread, where Python takes no signals, the event is only what its holder makes of it.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def noting_interrupts() -> Iterator[Callable[[], bool]]:
    """A question whether SIGINT has come, whatever became of its exception; handlers stay as they are.

    Spark answers Ctrl-C inside the call to Java that it cuts off, and Py4J makes another error of that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    came = bytearray()

    def interrupted() -> bool:
        with suppress(BlockingIOError):
            came.extend(os.read(reading, 1024))
        return signal.SIGINT in came

    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield interrupted
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)
