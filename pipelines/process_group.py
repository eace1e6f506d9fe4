"""Processes that this one starts and must be able to end with all that they started themselves."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def process_group(command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[str]:
    """The command as the first of a process group, whose number is its own: `os.killpg` reaches the whole.

    It reads nothing; what it writes, errors too, comes as text from its standard output, and its end is waited for
    at the end of a `with`. `variables` is its whole environment.
    """
    return subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        # `spark-submit` sends what Python writes, errors too, to its own standard output.
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
