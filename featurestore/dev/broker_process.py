"""The broker as a process: started in a session of its own, found again by its command line, ended by its id.

The process table is the one truth about what runs: the broker's command line names its directory and its
port, so neither a lost state file nor a process id that went to another program can mislead.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from featurestore.dev.broker_settings import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAIN_CLASS = "kafka.Kafka"
_DIRECTORY_MARK = "-Dfeaturestore.broker="
_PORT_MARK = "-Dfeaturestore.broker.port="
_HEAP = "-Xmx256m"
_POLL_SECONDS = 0.1
_KILL_SECONDS = 10.0
_PORT_SECONDS = 3.0

# Below the ports that systems hand out to outgoing connections.
_FIRST_PORT, _PORTS = 20_000, 10_000

_HAS_PROC = Path("/proc/self/cmdline").exists()


@dataclass(frozen=True, kw_only=True)
class BrokerProcess:
    """A broker that runs: its process id and the loopback port it serves."""

    process_id: int
    port: int


def broker_command(
    directory: Path, *, java: Path, jars: Sequence[Path], port: int, settings: str
) -> list[str]:
    """The command line of a broker; `settings` is a path relative to `directory`."""
    return [
        str(java),
        _HEAP,
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        "-Dlog4j2.configurationFile=log4j2.properties",
        f"{_DIRECTORY_MARK}{directory}",
        f"{_PORT_MARK}{port}",
        "-cp",
        class_path(jars),
        _MAIN_CLASS,
        settings,
    ]


def class_path(jars: Sequence[Path]) -> str:
    """The jars as Java's `-cp` wants them, absolute, in a fixed order."""
    return os.pathsep.join(sorted(str(jar.resolve()) for jar in jars))


def start_process(command: Sequence[str], *, directory: Path, log: Path) -> int:
    """Start a command in a session of its own, working in `directory`; gives its process id.

    Its output is appended to `log`. It outlives this process and every signal to this process's group.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Takes note of its end if that comes while this process still lives, so that no zombie stays.
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
    return process.pid


def find_broker(directory: Path) -> BrokerProcess | None:
    """The broker that runs from this directory (absolute, resolved), whoever started it."""
    for process_id, command in _processes():
        port = _port_of(command, directory)
        if port is not None:
            return BrokerProcess(process_id=process_id, port=port)
    return None


def end_broker(directory: Path, broker: BrokerProcess, *, timeout_seconds: float) -> bool:
    """Ask a broker to end, and kill it after the timeout; whether it is gone."""
    for asked, seconds in ((signal.SIGTERM, timeout_seconds), (signal.SIGKILL, _KILL_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(broker.process_id, asked)
        deadline = time.monotonic() + seconds
        while is_alive(directory, broker.process_id):
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        else:
            return True
    return False


def is_alive(directory: Path, process_id: int) -> bool:
    """Whether this process id is a broker of this directory."""
    return _port_of(_command(process_id), directory) is not None


def choose_ports(directory: Path, *, preferred: Sequence[int]) -> tuple[int, int]:
    """Two free loopback ports: the preferred ones where free, else found from a place the directory gives.

    Waits a little for the preferred ones: a broker that was killed a moment ago still holds them.
    """
    deadline = time.monotonic() + _PORT_SECONDS
    while not all(is_free(port) for port in preferred) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    first = crc32(str(directory).encode()) % _PORTS
    candidates = (*preferred, *(_FIRST_PORT + (first + step) % _PORTS for step in range(_PORTS)))
    free = (port for port in dict.fromkeys(candidates) if is_free(port))
    return next(free), next(free)


def is_free(port: int, *, host: str = HOST) -> bool:
    """Whether a server could listen on this port now: of the loopback, or of another address of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def accepts_connections(port: int, *, host: str = HOST) -> bool:
    """Whether something listens on this port, of the loopback or of another address of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


def _port_of(command: str, directory: Path) -> int | None:
    """The port in the command line of a broker of this directory; `None` in any other."""
    found = re.search(f"{re.escape(f' {_DIRECTORY_MARK}{directory} {_PORT_MARK}')}([0-9]+) ", command)
    return int(found[1]) if found and f" {_MAIN_CLASS} " in command else None


def _command(process_id: int) -> str:
    """A process's arguments, a blank behind each; empty for one that has ended, even if not yet reaped."""
    if not _HAS_PROC:
        return dict(_processes_by_ps()).get(process_id, "")
    try:
        raw = Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:
        return ""
    return os.fsdecode(raw.replace(b"\0", b" "))


def _processes() -> Iterator[tuple[int, str]]:
    if not _HAS_PROC:
        yield from _processes_by_ps()
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            yield int(entry.name), _command(int(entry.name))


def _processes_by_ps() -> Iterator[tuple[int, str]]:
    """The same where there is no /proc: macOS."""
    listing = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=False
    )
    for line in listing.stdout.splitlines():
        process_id, _, command = line.strip().partition(" ")
        yield int(process_id), f"{command} "
