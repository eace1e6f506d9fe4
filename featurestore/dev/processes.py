"""Processes of this machine that outlive the command that started them: started, found, ended by their ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.1
_KILL_SECONDS = 10.0
_HAS_PROC = Path("/proc/self/cmdline").exists()


def start_process(
    command: Sequence[str], *, directory: Path, log: Path, variables: Mapping[str, str] | None = None
) -> int:
    """Start a command in a session of its own, working in `directory`; gives its process id.

    Its output is appended to `log`; `variables`, where given, are its whole environment. It outlives this process
    and every signal to this process's group.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            cwd=directory,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Takes note of its end if that comes while this process still lives, so that no zombie stays.
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
    return process.pid


def end_process(process_id: int, is_alive: Callable[[int], bool], *, timeout_seconds: float) -> bool:
    """Ask a process to end, and kill it after the timeout; whether it is gone, as `is_alive` says of its id."""
    for asked, seconds in ((signal.SIGTERM, timeout_seconds), (signal.SIGKILL, _KILL_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(process_id, asked)
        deadline = time.monotonic() + seconds
        while is_alive(process_id):
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        else:
            return True
    return False


def is_free(port: int, *, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on this port now: of the loopback, or of another address of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def accepts_connections(port: int, *, host: str = LOOPBACK) -> bool:
    """Whether something listens on this port, of the loopback or of another address of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


def command_of(process_id: int) -> str:
    """A process's arguments, a blank behind each; empty for one that has ended, even if not yet reaped."""
    if not _HAS_PROC:
        return dict(_processes_by_ps()).get(process_id, "")
    try:
        raw = Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:
        return ""
    return os.fsdecode(raw.replace(b"\0", b" "))


def processes() -> Iterator[tuple[int, str]]:
    """Every process of this machine, with `command_of` it."""
    if not _HAS_PROC:
        yield from _processes_by_ps()
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            yield int(entry.name), command_of(int(entry.name))


def _processes_by_ps() -> Iterator[tuple[int, str]]:
    """The same where there is no /proc: macOS."""
    listing = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=False
    )
    for line in listing.stdout.splitlines():
        process_id, _, command = line.strip().partition(" ")
        yield int(process_id), f"{command} "
