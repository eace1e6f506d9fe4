"""A broker's storage: formatted once, never over messages, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore.dev.broker_directory import BrokerDirectory
from featurestore.dev.broker_storage import (
    JavaForKafka,
    _new_cluster_id,
    checked_java,
    formatted_storage,
    stored_cluster_id,
)
from featurestore.errors import BrokerFailed, MissingPart

NO_JAVA = JavaForKafka(program=Path("/absent/java"), jars=())
"""What cannot format anything: whoever tries fails."""


@pytest.fixture
def layout(tmp_path: Path) -> BrokerDirectory:
    directory = tmp_path / "broker"
    directory.mkdir()
    return BrokerDirectory(directory=directory)


def program(path: Path, *, script: str) -> Path:
    """An executable file."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def silent(_text: str) -> None:
    """Tell nobody."""


@pytest.mark.kafka
def test_storage_is_formatted_once(layout: BrokerDirectory) -> None:
    from featurestore.jars import fetch_jars
    from featurestore.java import find_java

    java = checked_java(find_java().executable, fetch_jars("broker"))
    told: list[str] = []

    cluster = formatted_storage(layout, java, tell=told.append)

    assert len(told) == 1
    assert stored_cluster_id(layout.data) == cluster
    assert formatted_storage(layout, java, tell=told.append) == cluster
    assert len(told) == 1
    assert [path.name for path in layout.directory.iterdir()] == ["data"]


def test_whole_storage_is_kept_and_leftovers_go(layout: BrokerDirectory) -> None:
    layout.data.mkdir()
    (layout.data / "meta.properties").write_text("cluster.id=kept\n", encoding="ascii")
    (layout.directory / "storage.new.killed" / "data").mkdir(parents=True)

    assert formatted_storage(layout, NO_JAVA, tell=pytest.fail) == "kept"
    assert [path.name for path in layout.directory.iterdir()] == ["data"]


def test_storage_that_lost_its_identity_is_left_alone(layout: BrokerDirectory) -> None:
    (layout.data / "__cluster_metadata-0").mkdir(parents=True)

    with pytest.raises(BrokerFailed, match=r"its storage lost .*meta\.properties\. Restore"):
        formatted_storage(layout, NO_JAVA, tell=pytest.fail)

    assert (layout.data / "__cluster_metadata-0").is_dir()


def test_a_format_that_fails_says_why_and_leaves_no_storage(layout: BrokerDirectory, tmp_path: Path) -> None:
    java = program(tmp_path / "java", script="echo no such class; exit 1")

    with pytest.raises(BrokerFailed, match="could not be formatted: no such class"):
        formatted_storage(layout, JavaForKafka(program=java, jars=()), tell=silent)

    assert not layout.data.exists()
    assert layout.log.read_bytes() == b"no such class\n"


@pytest.mark.parametrize(
    ("content", "cluster"),
    [
        (b"#Sat Jun 01\ncluster.id=abc-_1\nnode.id=1\n", "abc-_1"),
        (b"cluster.id=a=b\n", "a=b"),
        (b"#cluster.id=abc\nnode.id=1\n", None),
        (b"cluster.id=\n", None),
        (b"cluster.id\n", None),
        (b"cluster.id=\xff\n", None),
        (b"", None),
    ],
)
def test_the_cluster_id_is_read_where_there_is_one(
    tmp_path: Path, content: bytes, cluster: str | None
) -> None:
    (tmp_path / "meta.properties").write_bytes(content)

    assert stored_cluster_id(tmp_path) == cluster


def test_no_storage_has_no_cluster_id(tmp_path: Path) -> None:
    assert stored_cluster_id(tmp_path / "data") is None


def test_a_new_cluster_id_is_one_that_kafka_takes() -> None:
    identifiers = {_new_cluster_id() for _ in range(1_000)}

    assert len(identifiers) == 1_000
    assert {len(identifier) for identifier in identifiers} == {22}
    assert [identifier for identifier in identifiers if identifier.startswith("-")] == []


def test_java_and_jars_that_are_there_are_taken(tmp_path: Path) -> None:
    java = program(tmp_path / "java", script="exit 0")
    jar = tmp_path / "kafka_2.13-4.1.0.jar"
    jar.write_bytes(b"")

    assert checked_java(java, [jar]) == JavaForKafka(program=java, jars=(jar,))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    java = program(tmp_path / "java", script="exit 0")
    other = tmp_path / "slf4j.jar"
    other.write_bytes(b"")

    with pytest.raises(MissingPart, match=r"Java at .*no-java"):
        checked_java(tmp_path / "no-java", [])
    with pytest.raises(MissingPart, match=r"Jar .*absent\.jar"):
        checked_java(java, [other, tmp_path / "absent.jar"])
    with pytest.raises(MissingPart, match=r"org\.apache\.kafka:kafka_2\.13"):
        checked_java(java, [other])


def test_a_file_that_cannot_be_run_is_no_java(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_bytes(b"")

    with pytest.raises(MissingPart, match="Java at"):
        checked_java(java, [])
