"""A broker's storage: formatted once, aside, and moved into place when it is whole."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from featurestore.dev.broker_directory import last_lines
from featurestore.dev.broker_process import class_path
from featurestore.dev.broker_settings import broker_settings
from featurestore.errors import BrokerFailed, MissingPart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from featurestore.dev.broker_directory import BrokerDirectory

_NEW_STORAGE = "storage.new."


@dataclass(frozen=True, kw_only=True)
class JavaForKafka:
    """The Java program and the broker's jars."""

    program: Path
    jars: tuple[Path, ...]


def checked_java(java: Path, jars: Sequence[Path]) -> JavaForKafka:
    """The Java and the jars, if they are there: MissingPart otherwise."""
    program = shutil.which(java)
    if program is None:
        raise MissingPart(f"Java at {java}", needed_for="a Kafka broker", remedy="Install Java 17.")
    missing = [jar for jar in jars if not jar.is_file()]
    if missing or not any(jar.name.startswith("kafka_2.13-") for jar in jars):
        part = f"Jar {missing[0]}" if missing else "The jar of org.apache.kafka:kafka_2.13"
        raise MissingPart(part, needed_for="a Kafka broker", remedy="Fetch the broker's jars again.")
    return JavaForKafka(program=Path(program).absolute(), jars=tuple(jars))


def formatted_storage(layout: BrokerDirectory, java: JavaForKafka, *, tell: Callable[[str], None]) -> str:
    """The cluster id of the storage, which is formatted first where it is not there whole."""
    for leftover in layout.directory.glob(f"{_NEW_STORAGE}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    cluster = stored_cluster_id(layout.data)
    if cluster is not None:
        return cluster
    if (layout.data / "__cluster_metadata-0").exists():
        finding = f"its storage lost {layout.data / 'meta.properties'}"
        remedy = f"Restore that file from a copy, or remove {layout.data} to start empty."
        raise BrokerFailed(str(layout.directory), finding=finding, log=str(layout.log), remedy=remedy)
    tell("Formatting the Kafka broker's storage")
    shutil.rmtree(layout.data, ignore_errors=True)
    cluster = _new_cluster_id()
    new = Path(tempfile.mkdtemp(prefix=_NEW_STORAGE, dir=layout.directory))
    _format(layout, java, new=new, cluster=cluster)
    (new / "data").rename(layout.data)
    shutil.rmtree(new, ignore_errors=True)
    return cluster


def _format(layout: BrokerDirectory, java: JavaForKafka, *, new: Path, cluster: str) -> None:
    """Format storage under `new`, where a run that is cut off can do no harm."""
    (new / "data").mkdir()
    (new / "server.properties").write_text(
        broker_settings(data="data", port=1, controller_port=2), encoding="ascii"
    )
    tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", "server.properties"]
    command = [str(java.program), "-Xmx128m", "-cp", class_path(java.jars), *tool]
    done = subprocess.run(
        command,
        cwd=new,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        layout.log.write_bytes(done.stdout)
        finding = f"its storage could not be formatted: {last_lines(layout.log)}"
        raise BrokerFailed(str(layout.directory), finding=finding, log=str(layout.log))


def _new_cluster_id() -> str:
    """A random cluster id as Kafka makes them: 22 characters, the first of which is no dash."""
    identifier = "-"
    while identifier.startswith("-"):
        identifier = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    return identifier


def stored_cluster_id(data: Path) -> str | None:
    """The cluster id a storage directory was formatted with; `None` where it was not, or not wholly."""
    try:
        lines = (data / "meta.properties").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    stored = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return stored.get("cluster.id") or None
