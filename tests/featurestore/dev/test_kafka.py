from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from featurestore.dev import kafka
from featurestore.errors import BrokerFailed, KafkaUnreachable, MissingPart
from featurestore.jars import fetch_jars
from featurestore.java import find_java
from featurestore.kafka_topics import create_topic, describe_topic, produce
from tests.fixtures.kafka import start_broker

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.kafka


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory that Java's property files would misread, and no broker left in it afterwards."""
    directory = tmp_path / "brökër, no 1"
    yield directory
    kafka.down(directory)


def test_up_twice_is_one_broker(directory: Path) -> None:
    first = start_broker(directory)
    second = start_broker(directory)

    assert first.running
    assert second == first == kafka.status(directory)


def test_two_ups_at_the_same_time_start_one_broker(directory: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(start_broker, [directory, directory])

    assert first == second


def test_down_ends_it_and_up_keeps_port_and_messages(directory: Path) -> None:
    first = start_broker(directory)
    write_three(first)

    assert not kafka.down(directory).running
    assert kafka.status(directory).bootstrap is None
    second = start_broker(directory)

    assert (second.bootstrap, second.cluster_id) == (first.bootstrap, first.cluster_id)
    assert count(second) == 3


def test_kill_9_loses_no_message(directory: Path) -> None:
    first = start_broker(directory)
    write_three(first)
    assert first.process_id
    os.kill(first.process_id, signal.SIGKILL)

    second = start_broker(directory)

    assert second.process_id != first.process_id
    assert second.bootstrap == first.bootstrap
    assert count(second) == 3


def test_a_broker_that_does_not_listen_to_a_request_is_killed(directory: Path) -> None:
    broker = start_broker(directory)
    assert broker.process_id
    os.kill(broker.process_id, signal.SIGSTOP)

    with pytest.raises(KafkaUnreachable):
        kafka.up(directory, jars=fetch_jars("broker"), java=find_java().executable, timeout_seconds=1.0)
    assert kafka.status(directory) == broker
    assert not kafka.down(directory, timeout_seconds=0.5).running


def test_a_port_that_somebody_took_is_left_to_them(directory: Path) -> None:
    first = start_broker(directory)
    kafka.down(directory)
    assert first.bootstrap
    port = int(first.bootstrap.rpartition(":")[2])

    with socket.create_server(("127.0.0.1", port)):
        second = start_broker(directory)

    assert second.running
    assert second.bootstrap != first.bootstrap


def test_a_process_id_that_went_to_another_program_is_not_taken_for_the_broker(directory: Path) -> None:
    directory.mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as bystander:
        state = {"ports": [0, "x"], "process_id": bystander.pid}
        (directory / "broker.json").write_text(json.dumps(state), encoding="utf-8")

        assert not kafka.status(directory).running
        assert start_broker(directory).running
        kafka.down(directory)

        assert bystander.poll() is None
        bystander.kill()


def test_a_lost_state_file_loses_no_broker(directory: Path) -> None:
    first = start_broker(directory)
    (directory / "broker.json").unlink()

    assert kafka.status(directory) == first
    assert start_broker(directory) == first


def test_storage_formatted_halfway_is_formatted_anew(directory: Path) -> None:
    (directory / "data").mkdir(parents=True)
    (directory / "data" / "bootstrap.checkpoint").write_bytes(b"half")
    (directory / "storage.new.killed" / "data").mkdir(parents=True)

    assert start_broker(directory).running
    assert not list(directory.glob("storage.new.*"))


def test_storage_with_messages_and_no_identity_is_never_formatted(directory: Path) -> None:
    start_broker(directory)
    kafka.down(directory)
    (directory / "data" / "meta.properties").write_bytes(b"")

    with pytest.raises(BrokerFailed, match="lost"):
        start_broker(directory)

    assert (directory / "data" / "__cluster_metadata-0").exists()


def test_it_outlives_the_process_group_that_started_it(directory: Path) -> None:
    program = "import sys; from pathlib import Path; from tests.fixtures.kafka import start_broker;"
    program += "print(start_broker(Path(sys.argv[1])).process_id, flush=True); sys.stdin.read()"
    caller = subprocess.Popen(
        [sys.executable, "-c", program, str(directory)],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert caller.stdout
    process_id = int(caller.stdout.readline())
    os.killpg(caller.pid, signal.SIGKILL)
    caller.communicate()

    assert kafka.status(directory).process_id == process_id
    assert start_broker(directory).process_id == process_id


@pytest.mark.parametrize("seconds", [0.3, 0.9, 1.8, 2.6])
def test_a_start_killed_at_any_point_can_be_made_again(directory: Path, seconds: float) -> None:
    program = "import sys; from pathlib import Path; from tests.fixtures.kafka import start_broker;"
    program += "start_broker(Path(sys.argv[1]))"
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", program, str(directory)], cwd=root) as caller:
        time.sleep(seconds)
        caller.kill()

    status = start_broker(directory)
    write_three(status)

    assert count(status) == 3


def test_a_broker_that_cannot_start_says_why(directory: Path) -> None:
    start_broker(directory)
    kafka.down(directory)
    shutil.rmtree(directory / "data" / "__cluster_metadata-0")
    (directory / "data" / "__cluster_metadata-0").write_bytes(b"no folder")

    with pytest.raises(BrokerFailed, match=r"it ended while starting: .*__cluster_metadata"):
        start_broker(directory)

    assert not kafka.status(directory).running


def test_what_is_missing_is_named(directory: Path, tmp_path: Path) -> None:
    java = find_java().executable
    with pytest.raises(MissingPart, match="Java at"):
        kafka.up(directory, jars=fetch_jars("broker"), java=tmp_path / "no-java")
    with pytest.raises(MissingPart, match=r"org\.apache\.kafka:kafka_2\.13"):
        kafka.up(directory, jars=[], java=java)
    with pytest.raises(MissingPart, match=r"absent\.jar"):
        kafka.up(directory, jars=[tmp_path / "absent.jar"], java=java)


def test_where_nothing_was_started_nothing_runs_and_nothing_appears(directory: Path) -> None:
    status = kafka.down(directory)

    assert (status.running, status.bootstrap, status.process_id, status.cluster_id) == (
        False,
        None,
        None,
        None,
    )
    assert not directory.exists()


def write_three(broker: kafka.BrokerStatus) -> None:
    assert broker.bootstrap
    create_topic(broker.bootstrap, "kept", partitions=1)
    produce(broker.bootstrap, "kept", [(None, b"1", 0), (None, b"2", 0), (None, b"3", 0)])


def count(broker: kafka.BrokerStatus) -> int:
    assert broker.bootstrap
    return describe_topic(broker.bootstrap, "kept").partitions[0].end_offset
