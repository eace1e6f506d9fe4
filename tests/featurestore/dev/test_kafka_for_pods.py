"""A broker with a second listener; an address of the loopback stands where the pods' bridge would."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from featurestore.dev import kafka
from featurestore.dev.kafka_for_pods import main
from featurestore.kafka_topics import cluster_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER_ADDRESS = "127.0.0.2"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "kafka"
    kafka.down(tmp_path / "kafka")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((OTHER_ADDRESS, 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.kafka
def test_both_listeners_lead_to_one_cluster(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = f"{OTHER_ADDRESS}:{free_port()}"

    assert main(["up", str(directory), "--listen", second, "--advertise", second]) == 0
    status = kafka.status(directory)
    assert status.bootstrap
    assert cluster_id(second) == cluster_id(status.bootstrap) == status.cluster_id
    told = f"Kafka answers at {status.bootstrap} on this machine, and at {second} in the cluster."
    assert told in capsys.readouterr().out

    assert main(["down", str(directory)]) == 0
    assert not kafka.status(directory).running


@pytest.mark.kafka
def test_an_address_that_is_taken_ends_with_a_line(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind((OTHER_ADDRESS, 0))
        other.listen()
        taken = f"{OTHER_ADDRESS}:{other.getsockname()[1]}"
        code = main(["up", str(directory), "--listen", taken, "--advertise", taken])

    assert code != 0
    assert f"nothing can listen on {taken}: it is taken" in capsys.readouterr().err
    assert not kafka.status(directory).running


def test_where_to_listen_must_be_said(directory: Path) -> None:
    with pytest.raises(SystemExit):
        main(["up", str(directory)])


@pytest.mark.parametrize("address", ["kafka", "kafka:", ":9092", "kafka:port"])
def test_an_address_has_a_host_and_a_port(
    directory: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["up", str(directory), "--listen", address, "--advertise", "kafka.kafka.svc:9092"])

    assert stopped.value.code == 2
    assert f"expected HOST:PORT, got '{address}'" in capsys.readouterr().err
