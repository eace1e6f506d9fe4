"""What signals mean to a process that runs a step."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from featurestore.stop_signal import noting_interrupts, stop_on_terminate


def test_terminate_sets_the_event_and_ends_nothing() -> None:
    with stop_on_terminate() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(timeout=10)


def test_afterwards_terminate_means_what_it_meant() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_terminate():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_the_event_is_the_holders_own() -> None:
    given = []

    def hold() -> None:
        with stop_on_terminate() as stop:
            given.append(stop.is_set())

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()

    assert given == [False]


def test_an_interrupt_is_noted_though_its_exception_is_swallowed() -> None:
    with noting_interrupts() as interrupted:
        assert not interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupted()
        assert interrupted()


def test_another_signal_is_no_interrupt() -> None:
    with noting_interrupts() as interrupted, stop_on_terminate() as stop:
        signal.raise_signal(signal.SIGTERM)

        assert stop.is_set()
        assert not interrupted()
