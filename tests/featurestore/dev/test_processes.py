"""Processes that outlive the command that started them."""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from featurestore.dev import processes
from featurestore.dev.processes import (
    accepts_connections,
    command_of,
    end_process,
    is_free,
    start_process,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def started(folder: Path, program: str, **variables: str) -> int:
    return start_process(
        [sys.executable, "-c", program, f"mark={folder}"],
        directory=folder,
        log=folder / "log",
        variables={**os.environ, **variables},
    )


def lives(folder: Path) -> Callable[[int], bool]:
    return lambda one: f"mark={folder} " in command_of(one)


def waited_for(file: Path, text: str) -> None:
    until = time.monotonic() + 60
    while text not in (file.read_text() if file.exists() else ""):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("has_proc", [True, False])
def test_a_process_is_found_by_its_command_and_ended(
    tmp_path: Path, has_proc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_proc:
        monkeypatch.setattr(processes, "_HAS_PROC", False)
    number = started(tmp_path, "import time; time.sleep(60)")

    assert f"mark={tmp_path} " in command_of(number)
    assert number in {one for one, command in processes.processes() if f"mark={tmp_path} " in command}
    assert end_process(number, lives(tmp_path), timeout_seconds=30)
    assert command_of(number) == ""


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    number = started(tmp_path, DEAF)
    waited_for(tmp_path / "log", "deaf")

    assert end_process(number, lives(tmp_path), timeout_seconds=0.2)


def test_what_it_writes_is_kept_and_its_environment_is_what_was_given(tmp_path: Path) -> None:
    started(tmp_path, "import os; print(os.getcwd(), os.environ['GIVEN'])", GIVEN="this")

    waited_for(tmp_path / "log", f"{tmp_path} this")


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        server.listen()
        assert accepts_connections(port)
        assert not is_free(port)
    assert is_free(port)
    assert not accepts_connections(port)
