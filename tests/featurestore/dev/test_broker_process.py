"""Processes with a broker's command line: found by it, ended by id. Python stands where Java would."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest

from featurestore.dev import processes
from featurestore.dev.broker_process import (
    BrokerProcess,
    broker_command,
    choose_ports,
    class_path,
    end_broker,
    find_broker,
    is_alive,
)
from featurestore.dev.processes import accepts_connections, is_free, start_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PORT = 29_321
OBEYS = "import os, time; print('ready', os.getsid(0), os.getcwd(), flush=True); time.sleep(600)"
REFUSES = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {OBEYS}"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory whose name holds what a regular expression would misread."""
    directory = tmp_path.resolve() / "broker (no. 1) [x]+"
    directory.mkdir()
    return directory


@pytest.fixture
def start() -> Iterator[Callable[..., int]]:
    """Start a program under the command line of a broker of a directory; it is ready, and ends with the test."""
    started = []

    def start(directory: Path, *, program: str = OBEYS) -> int:
        broker = broker_command(
            directory, java=Path("java"), jars=[], port=PORT, settings="server.properties"
        )
        log = directory / "broker.log"
        process_id = start_process([sys.executable, "-c", program, *broker[1:]], directory=directory, log=log)
        started.append(process_id)
        while b"ready" not in log.read_bytes():
            time.sleep(0.02)
        return process_id

    yield start
    for process_id in started:
        with suppress(ProcessLookupError):
            os.kill(process_id, SIGKILL)


def test_a_broker_is_found_by_its_directory(directory: Path, start: Callable[..., int]) -> None:
    process_id = start(directory)

    assert find_broker(directory) == BrokerProcess(process_id=process_id, port=PORT)
    assert is_alive(directory, process_id)


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="no /bin/ps on this machine")
def test_a_broker_is_found_without_proc(
    directory: Path, start: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    process_id = start(directory)
    monkeypatch.setattr(processes, "_HAS_PROC", False)

    assert find_broker(directory) == BrokerProcess(process_id=process_id, port=PORT)
    assert is_alive(directory, process_id)
    assert not is_alive(directory, os.getpid())


def test_a_broker_of_another_directory_is_not_taken_for_this_ones(
    directory: Path, start: Callable[..., int]
) -> None:
    process_id = start(directory)

    for other in (directory.parent, directory.with_name(directory.name[:-1]), directory / "data"):
        assert find_broker(other) is None
        assert not is_alive(other, process_id)


def test_a_program_that_only_names_the_directory_is_no_broker(directory: Path) -> None:
    log = directory / "log"
    program = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
    process_id = start_process([*program, f"-Dfeaturestore.broker={directory}"], directory=directory, log=log)
    try:
        while not log.read_bytes():
            time.sleep(0.02)
        assert find_broker(directory) is None
    finally:
        os.kill(process_id, SIGKILL)


def test_it_runs_in_its_directory_in_a_session_of_its_own(directory: Path, start: Callable[..., int]) -> None:
    process_id = start(directory)

    said = (directory / "broker.log").read_text(encoding="utf-8")
    assert said == f"ready {process_id} {directory}\n"


def test_what_it_says_is_added_to_the_log(directory: Path, start: Callable[..., int]) -> None:
    (directory / "broker.log").write_text("before\n", encoding="utf-8")

    start(directory)

    assert (directory / "broker.log").read_text(encoding="utf-8").startswith("before\nready")


@pytest.mark.parametrize(("program", "seconds"), [(OBEYS, 60.0), (REFUSES, 0.1)])
def test_it_is_gone_whether_it_obeys_or_not(
    directory: Path, start: Callable[..., int], program: str, seconds: float
) -> None:
    broker = BrokerProcess(process_id=start(directory, program=program), port=PORT)

    assert end_broker(directory, broker, timeout_seconds=seconds)
    assert find_broker(directory) is None


def test_one_that_has_ended_already_is_gone(directory: Path, start: Callable[..., int]) -> None:
    broker = BrokerProcess(process_id=start(directory), port=PORT)
    end_broker(directory, broker, timeout_seconds=60.0)

    assert end_broker(directory, broker, timeout_seconds=60.0)


def test_the_class_path_is_absolute_and_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    path = class_path([Path("b.jar"), Path("a.jar")])

    assert path == class_path([Path("a.jar"), Path("b.jar")])
    assert path.split(os.pathsep) == [str(tmp_path.resolve() / name) for name in ("a.jar", "b.jar")]


def test_a_port_that_a_server_holds_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert (is_free(port), accepts_connections(port)) == (False, True)

    assert (is_free(port), accepts_connections(port)) == (True, False)


def test_free_ports_that_are_preferred_are_chosen(directory: Path) -> None:
    preferred = choose_ports(directory.parent / "another", preferred=[])

    assert choose_ports(directory, preferred=preferred) == preferred


def test_a_preferred_port_that_is_held_is_left_to_its_server(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = server.getsockname()[1]
        ports = choose_ports(directory, preferred=[held])

    assert held not in ports
    assert len(set(ports)) == 2


def test_one_preferred_port_twice_gives_two_ports(directory: Path) -> None:
    free, _ = choose_ports(directory, preferred=[])

    first, second = choose_ports(directory, preferred=[free, free])

    assert first == free != second


def test_a_directory_has_ports_of_its_own(directory: Path) -> None:
    ports = choose_ports(directory, preferred=[])

    assert ports == choose_ports(directory, preferred=[])
    assert not set(ports) & set(choose_ports(directory / "another", preferred=[]))
    assert all(20_000 <= port < 30_000 for port in ports)
