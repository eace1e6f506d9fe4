"""The broker as a process: started in a session of its own, found again by its command line, ended by its id.

The process table is the one truth about what runs: the broker's command line names its directory and its
port, so neither a lost state file nor a process id that went to another program can mislead.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from featurestore.dev.processes import command_of, end_process, is_free, processes

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def find_broker(directory: Path) -> BrokerProcess | None:
    """The broker that runs from this directory (absolute, resolved), whoever started it."""
    for process_id, command in processes():
        port = _port_of(command, directory)
        if port is not None:
            return BrokerProcess(process_id=process_id, port=port)
    return None


def end_broker(directory: Path, broker: BrokerProcess, *, timeout_seconds: float) -> bool:
    """Ask a broker to end, and kill it after the timeout; whether it is gone."""
    return end_process(
        broker.process_id, lambda one: is_alive(directory, one), timeout_seconds=timeout_seconds
    )


def is_alive(directory: Path, process_id: int) -> bool:
    """Whether this process id is a broker of this directory."""
    return _port_of(command_of(process_id), directory) is not None


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


def _port_of(command: str, directory: Path) -> int | None:
    """The port in the command line of a broker of this directory; `None` in any other."""
    found = re.search(f"{re.escape(f' {_DIRECTORY_MARK}{directory} {_PORT_MARK}')}([0-9]+) ", command)
    return int(found[1]) if found and f" {_MAIN_CLASS} " in command else None
