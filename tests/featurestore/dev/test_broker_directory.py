"""A broker's directory: its lock, the ports it remembers, the end of its log."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from featurestore.dev.broker_directory import BrokerDirectory, last_lines, locked, remembered_ports
from featurestore.errors import BrokerFailed

LONG_AGO = 0.0
"""A deadline that is over: no waiting."""


@pytest.fixture
def layout(tmp_path: Path) -> BrokerDirectory:
    return BrokerDirectory(directory=tmp_path)


def test_everything_lies_in_the_directory_under_a_name_of_its_own(layout: BrokerDirectory) -> None:
    places = [layout.data, layout.log, layout.state, layout.lock]

    assert len(set(places)) == 4
    assert {place.parent for place in places} == {layout.directory}


def test_one_holds_the_lock_at_a_time(layout: BrokerDirectory) -> None:
    with locked(layout, deadline=LONG_AGO):
        with (
            pytest.raises(BrokerFailed, match="another process") as failed,
            locked(layout, deadline=LONG_AGO),
        ):
            pass
        assert failed.value.log == str(layout.log)


def test_the_lock_is_free_again_after_an_error(layout: BrokerDirectory) -> None:
    with pytest.raises(RuntimeError), locked(layout, deadline=LONG_AGO):
        raise RuntimeError

    with locked(layout, deadline=LONG_AGO):
        pass


def test_a_killed_process_leaves_no_lock_behind(layout: BrokerDirectory) -> None:
    program = "import sys; from pathlib import Path\n"
    program += "from featurestore.dev.broker_directory import BrokerDirectory, locked\n"
    program += "with locked(BrokerDirectory(directory=Path(sys.argv[1])), deadline=0.0):\n"
    program += "    print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(layout.directory)],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BrokerFailed), locked(layout, deadline=LONG_AGO):
            pass
        holder.kill()

    with locked(layout, deadline=time.monotonic() + 60):
        pass


def test_ports_of_the_latest_start_are_remembered(layout: BrokerDirectory) -> None:
    layout.state.write_text('{"ports": [20001, 20002]}', encoding="utf-8")

    assert remembered_ports(layout) == [20001, 20002]


@pytest.mark.parametrize(
    "state", ["", "{", "[20001]", "null", "{}", '{"ports": 20001}', '{"ports": {"a": 1}}', "\ud800"]
)
def test_a_broken_state_file_remembers_nothing(layout: BrokerDirectory, state: str) -> None:
    layout.state.write_bytes(state.encode("utf-8", errors="surrogatepass"))

    assert remembered_ports(layout) == []


def test_no_state_file_remembers_nothing(layout: BrokerDirectory) -> None:
    assert remembered_ports(layout) == []


def test_what_cannot_be_a_port_is_left_out(layout: BrokerDirectory) -> None:
    layout.state.write_text('{"ports": [0, -1, 65536, "9092", true, 1.5, null, 65535]}', encoding="utf-8")

    assert remembered_ports(layout) == [65535]


def test_the_end_of_a_log_is_its_last_findings_without_stack_traces(layout: BrokerDirectory) -> None:
    layout.log.write_text(
        "first\nsecond\n  third\n\nERROR fatal\n\tat kafka.Kafka.main(Kafka.scala)\n\t... 3 more\n"
        "SLF4J: no providers\n",
        encoding="utf-8",
    )

    assert last_lines(layout.log) == "second | third | ERROR fatal"


def test_a_log_may_hold_any_bytes(layout: BrokerDirectory) -> None:
    layout.log.write_bytes(b"caf\xe9 closed\n")

    assert last_lines(layout.log) == "caf\ufffd closed"


def test_a_missing_log_and_an_empty_one_are_told_apart(layout: BrokerDirectory) -> None:
    assert last_lines(layout.log) == "it wrote no log"

    layout.log.write_text("\n\tat kafka.Kafka\n", encoding="utf-8")

    assert last_lines(layout.log) == "its log is empty"
