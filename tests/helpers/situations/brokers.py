"""Situations of Kafka, and of other servers on this machine."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from featurestore.config import load_profile
from featurestore.kafka_topics import create_topic, delete_topic, produce
from tests.helpers.events import event
from tests.helpers.situations.projects import GAP_TOPIC

if TYPE_CHECKING:
    from tests.helpers.situations.scene import Scene

PROJECTS = "tests.helpers.situations.projects"
INGEST = ("ingest", "stream", "clicks", "--once")


def a_topic_made_anew(scene: Scene) -> list[str]:
    scene.fixture("spark")
    bootstrap = scene.fixture("kafka_broker").bootstrap
    _fill(bootstrap, "a", "b")
    scene.did(*INGEST, project=f"{PROJECTS}:GAP", kafka__bootstrap=bootstrap)
    delete_topic(bootstrap, GAP_TOPIC)
    _fill(bootstrap, "c")
    return scene.command(*INGEST, project=f"{PROJECTS}:GAP", kafka__bootstrap=bootstrap)


def a_topic_that_no_broker_takes(scene: Scene) -> list[str]:
    bootstrap = scene.fixture("kafka_broker").bootstrap
    return scene.command(*INGEST, project=f"{PROJECTS}:REFUSED", kafka__bootstrap=bootstrap)


def a_broker_that_lost_its_identity(scene: Scene) -> list[str]:
    (scene.folder / "state/kafka/data/__cluster_metadata-0").mkdir(parents=True)
    return scene.command("dev", "kafka", "up")


def a_port_that_is_taken(scene: Scene) -> list[str]:
    server = socket.socket()
    scene.request.addfinalizer(server.close)
    port = urlsplit(load_profile("minio", variables={}).storage.endpoint or "").port
    with suppress(OSError):  # taken by somebody else
        server.bind(("127.0.0.1", port))
        server.listen()
    return scene.command("dev", "emulators", "up", "minio")


def _fill(bootstrap: str, *names: str) -> None:
    create_topic(bootstrap, GAP_TOPIC, partitions=1)
    produce(bootstrap, GAP_TOPIC, [(None, json.dumps(event(name)).encode(), 0) for name in names])
