"""How progress looks on standard error: a spinner on a terminal, a line a message elsewhere, or nothing."""

from __future__ import annotations

import io
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from featurestore.progress import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress


class Display(Protocol):
    """Takes messages of steps, and gets out of the way of other output."""

    def tell(self, message: str) -> None:
        """Shows what begins now."""

    def paused(self, *, paused: bool) -> None:
        """Clears the terminal while something else is printed, and comes back."""


@contextmanager
def showing_progress(*, quiet: bool) -> Iterator[Display]:
    """Shows every message of the calls inside."""
    with _own_standard_error() as stream:
        if quiet:
            yield _Silence()
        elif stream.isatty():
            with _spinner(stream) as spinner, listening(spinner.tell):
                yield spinner
        else:
            lines = _Lines(stream)
            with listening(lines.tell):
                yield lines


class _Silence:
    """Shows nothing."""

    def tell(self, message: str) -> None:
        """Takes the message."""

    def paused(self, *, paused: bool) -> None:
        """Has nothing to clear."""


class _Lines:
    """One plain line a message, with the seconds since the beginning."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._began = stream, time.monotonic()

    def tell(self, message: str) -> None:
        seconds = time.monotonic() - self._began
        self._stream.write(f"[{seconds:6.1f} s] {message}\n")
        self._stream.flush()

    def paused(self, *, paused: bool) -> None:
        """Has nothing to clear."""


class _Spinner:
    """The newest message beside a spinner and the time elapsed."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("")

    def tell(self, message: str) -> None:
        self._progress.update(self._task, description=message)

    def paused(self, *, paused: bool) -> None:
        (self._progress.stop if paused else self._progress.start)()


@contextmanager
def _spinner(stream: TextIO) -> Iterator[_Spinner]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    console = Console(file=stream)
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        yield _Spinner(progress)


@contextmanager
def _own_standard_error() -> Iterator[TextIO]:
    """Standard error under another number: while Java starts, the usual one leads to Spark's log."""
    try:
        copy = os.dup(sys.stderr.fileno())
    except (AttributeError, OSError, io.UnsupportedOperation):
        yield sys.stderr
        return
    with open(copy, "w", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123 - a descriptor
        yield stream
