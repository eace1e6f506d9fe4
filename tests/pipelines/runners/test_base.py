"""What a signal does while a job runs."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pipelines.runners.base import when_told_to_stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_acts_first_and_then_interrupts(number: signal.Signals) -> None:
    acts: list[str] = []
    before = signal.getsignal(number)

    def run() -> None:
        with when_told_to_stop(lambda: acts.append("deleted")):
            os.kill(os.getpid(), number)
            acts.append("went on")

    with pytest.raises(KeyboardInterrupt):
        run()

    assert acts == ["deleted"]
    assert signal.getsignal(number) is before


def test_without_a_signal_nothing_acts() -> None:
    acts: list[str] = []

    with when_told_to_stop(lambda: acts.append("deleted")):
        pass

    assert acts == []


def test_in_another_thread_nothing_changes() -> None:
    seen: list[object] = []

    def run() -> None:
        with when_told_to_stop(lambda: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert seen == [signal.getsignal(signal.SIGTERM)]
