"""Where progress goes, and how it looks there."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from featurestore.cli.progress_display import showing_progress
from featurestore.progress import tell

if TYPE_CHECKING:
    import pytest


def test_each_message_is_a_line_on_standard_error_with_the_time_elapsed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with showing_progress(quiet=False):
        tell("writing 3 events")

    captured = capfd.readouterr()
    assert re.fullmatch(r"\[ +[0-9]+\.[0-9] s\] writing 3 events\n", captured.err)
    assert captured.out == ""


def test_quiet_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with showing_progress(quiet=True) as display:
        tell("writing 3 events")
        display.paused(paused=True)
        display.paused(paused=False)

    assert capfd.readouterr() == ("", "")


def test_messages_arrive_while_standard_error_leads_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    with showing_progress(quiet=False):
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        tell("starting Spark")
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)

    assert capfd.readouterr().err.endswith("starting Spark\n")


def test_a_terminal_shows_the_newest_message_beside_the_time_elapsed(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", terminal)
        patched.setenv("TERM", "xterm")
        with showing_progress(quiet=False) as display:
            tell("writing [3] events")
            display.paused(paused=True)
            display.paused(paused=False)
    shown = ""
    with suppress(OSError):  # what a terminal says when its other end is closed and all is read
        while text := os.read(ours, 65536).decode():
            shown += text
    os.close(ours)

    assert "0:00:00 writing [3] events" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
