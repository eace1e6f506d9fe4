"""A real Kafka broker for laptops and tests: one node in KRaft mode, run by plain Java from Maven jars.

Everything it needs and writes lies under one directory:

    server.properties, log4j2.properties   written anew at each start
    data/                                  the cluster's storage: topics, messages, offsets
    broker.log, broker.log.1               what the broker of this start, and of the one before, had to say
    broker.json                            what `up` remembers: the ports, the process id, the cluster id
    lock                                   held while `up` or `down` works: two never start two brokers

It listens on 127.0.0.1, and where `up` is given a second listener there too, without passwords or encryption:
anyone who comes that far can use it. Every step of `up` can be cut off by `kill -9` and made again: storage is
formatted aside and moved into place when it is whole, and a running broker is known by its command line, not by
what was written about it.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from featurestore.dev.broker_directory import (
    BrokerDirectory,
    last_lines,
    locked,
    remembered_ports,
)
from featurestore.dev.broker_process import (
    BrokerProcess,
    broker_command,
    choose_ports,
    end_broker,
    find_broker,
    is_alive,
)
from featurestore.dev.broker_settings import HOST, SecondListener, broker_settings, logging_settings
from featurestore.dev.broker_storage import JavaForKafka, checked_java, formatted_storage, stored_cluster_id
from featurestore.dev.processes import accepts_connections, is_free, start_process
from featurestore.errors import BrokerFailed, KafkaRefused, KafkaUnreachable
from featurestore.files import write_text
from featurestore.kafka_topics import cluster_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_POLL_SECONDS = 0.2
_STARTS = 3
_END_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class BrokerStatus:
    """A broker's directory and whether a broker runs from it.

    `bootstrap` ("127.0.0.1:port") and `process_id` are `None` unless it runs; `cluster_id` is `None` before
    the first `up`.
    """

    running: bool
    bootstrap: str | None
    process_id: int | None
    cluster_id: str | None
    directory: Path
    log: Path


class _BrokerEndedError(Exception):
    """The broker process ended before it answered."""


def up(
    directory: Path,
    *,
    jars: Sequence[Path],
    java: Path,
    second: SecondListener | None = None,
    timeout_seconds: float = 60.0,
    progress: Callable[[str], None] | None = None,
) -> BrokerStatus:
    """Have a broker run from this directory and answer; one that runs already is left as it is.

    It listens on the loopback, and on `second` where given.

    `jars` are those of kafka_2.13 with all they need; `java` is the program (17 or later). The broker keeps
    its port from one start to the next while nobody else has taken it. It lives on when the caller's process
    or process group ends. Raises MissingPart, KafkaUnreachable when a broker that ran before does not answer
    in time, and BrokerFailed when a new one does not come up; what this call started is then ended.
    """
    machine = checked_java(java, jars)
    tell = progress or (lambda _text: None)
    layout = BrokerDirectory(directory=directory.resolve())
    layout.directory.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_seconds
    with locked(layout, deadline=deadline):
        running = find_broker(layout.directory)
        if running is None:
            _check_free(layout, second)
            cluster = formatted_storage(layout, machine, tell=tell)
            tell("Starting the Kafka broker")
            running = _start_until_it_answers(
                layout, machine, second=second, cluster=cluster, deadline=deadline
            )
        else:
            _wait_for_running(layout, running, deadline=deadline, timeout_seconds=timeout_seconds)
    tell(f"Kafka answers at {HOST}:{running.port}")
    return status(directory)


def down(directory: Path, *, timeout_seconds: float = _END_SECONDS) -> BrokerStatus:
    """End the broker of this directory, if one runs; its messages stay for the next `up`.

    It is asked to end first and killed after `timeout_seconds`. Raises BrokerFailed if it stays.
    """
    layout = BrokerDirectory(directory=directory.resolve())
    if layout.directory.is_dir():
        with locked(layout, deadline=time.monotonic() + timeout_seconds):
            running = find_broker(layout.directory)
            if running and not end_broker(layout.directory, running, timeout_seconds=timeout_seconds):
                finding = f"process {running.process_id} did not end when killed"
                raise BrokerFailed(str(layout.directory), finding=finding, log=str(layout.log))
    return status(directory)


def status(directory: Path) -> BrokerStatus:
    """Whether a broker process runs from this directory; it is not asked to answer. Changes nothing."""
    layout = BrokerDirectory(directory=directory.resolve())
    running = find_broker(layout.directory)
    return BrokerStatus(
        running=running is not None,
        bootstrap=f"{HOST}:{running.port}" if running else None,
        process_id=running.process_id if running else None,
        cluster_id=stored_cluster_id(layout.data),
        directory=layout.directory,
        log=layout.log,
    )


def _check_free(layout: BrokerDirectory, second: SecondListener | None) -> None:
    """A broker answers on its first address before it finds its second one taken, and only then ends."""
    if second is not None and not is_free(second.port, host=second.host):
        finding = f"nothing can listen on {second.listen}: it is taken, or no address of this machine"
        raise BrokerFailed(str(layout.directory), finding=finding, log=str(layout.log))


def _start_until_it_answers(
    layout: BrokerDirectory,
    java: JavaForKafka,
    *,
    second: SecondListener | None,
    cluster: str,
    deadline: float,
) -> BrokerProcess:
    """Start a broker; again on other ports if somebody took its ports between their choice and its start."""
    for _ in range(_STARTS):
        ports = choose_ports(layout.directory, preferred=remembered_ports(layout))
        running = _start(layout, java, ports=ports, second=second, cluster=cluster)
        try:
            _wait_until_it_answers(layout, running, second=second, cluster=cluster, deadline=deadline)
        except _BrokerEndedError:
            if all(is_free(port) for port in ports):
                break
        except BaseException:
            end_broker(layout.directory, running, timeout_seconds=0.0)
            raise
        else:
            return running
    finding = f"it ended while starting: {last_lines(layout.log)}"
    raise BrokerFailed(str(layout.directory), finding=finding, log=str(layout.log))


def _start(
    layout: BrokerDirectory,
    java: JavaForKafka,
    *,
    ports: tuple[int, int],
    second: SecondListener | None,
    cluster: str,
) -> BrokerProcess:
    port, controller_port = ports
    settings = broker_settings(data="data", port=port, controller_port=controller_port, second=second)
    write_text(str(layout.directory / "server.properties"), settings)
    write_text(str(layout.directory / "log4j2.properties"), logging_settings())
    with suppress(FileNotFoundError):
        layout.log.replace(layout.log.with_suffix(".log.1"))
    command = broker_command(
        layout.directory, java=java.program, jars=java.jars, port=port, settings="server.properties"
    )
    process_id = start_process(command, directory=layout.directory, log=layout.log)
    state = {"ports": list(ports), "process_id": process_id, "cluster_id": cluster}
    write_text(str(layout.state), json.dumps(state, indent=2) + "\n")
    return BrokerProcess(process_id=process_id, port=port)


def _wait_for_running(
    layout: BrokerDirectory, running: BrokerProcess, *, deadline: float, timeout_seconds: float
) -> None:
    """Wait for a broker that an earlier call started."""
    cluster = stored_cluster_id(layout.data)
    try:
        _wait_until_it_answers(layout, running, cluster=cluster, deadline=deadline)
    except (_BrokerEndedError, BrokerFailed):
        raise KafkaUnreachable(f"{HOST}:{running.port}", timeout_seconds=timeout_seconds) from None


def _wait_until_it_answers(
    layout: BrokerDirectory,
    running: BrokerProcess,
    *,
    cluster: str | None,
    deadline: float,
    second: SecondListener | None = None,
) -> None:
    """Until the port answers with this cluster's id, so that no other broker on it can be taken for ours.

    A second listener is opened a moment after the first: until it, too, takes connections.
    """
    while not _answers(
        running.port, cluster=cluster, seconds=min(5.0, max(0.5, deadline - time.monotonic()))
    ) or (second is not None and not accepts_connections(second.port, host=second.host)):
        if not is_alive(layout.directory, running.process_id):
            raise _BrokerEndedError
        if time.monotonic() > deadline:
            finding = f"process {running.process_id} did not answer in time: {last_lines(layout.log)}"
            raise BrokerFailed(str(layout.directory), finding=finding, log=str(layout.log))
        time.sleep(_POLL_SECONDS)


def _answers(port: int, *, cluster: str | None, seconds: float) -> bool:
    if not accepts_connections(port):
        return False
    try:
        return cluster_id(f"{HOST}:{port}", timeout_seconds=seconds) == cluster
    except (KafkaUnreachable, KafkaRefused):
        return False
