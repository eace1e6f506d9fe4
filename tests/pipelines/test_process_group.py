"""Processes in a group of their own."""

from __future__ import annotations

import os
import signal
import sys

from pipelines.process_group import process_group

_STARTS_ANOTHER = """
import subprocess, sys
other = subprocess.Popen([sys.executable, "-c", "import time; print('other', flush=True); time.sleep(60)"])
other.wait()
"""


def test_what_it_writes_comes_as_one_text_and_it_reads_nothing() -> None:
    told = "import os, sys; print(os.environ['GIVEN'] + repr(sys.stdin.read())); sys.stdout.flush(); sys.exit('bad')"
    with process_group([sys.executable, "-c", told], {"GIVEN": "given"}) as process:
        said = (process.stdout or sys.stdin).read()
    assert (said, process.returncode) == ("given''\nbad\n", 1)


def test_ending_the_group_ends_what_it_started() -> None:
    with process_group([sys.executable, "-c", _STARTS_ANOTHER], dict(os.environ)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "other\n"
        os.killpg(process.pid, signal.SIGKILL)
        # Its end is read only when nobody can write any more.
        assert process.stdout.read() == ""
    assert process.returncode == -signal.SIGKILL
