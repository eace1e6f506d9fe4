"""Commands about this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.cli.app import main
from featurestore.jars import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.dev.kafka import BrokerStatus


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*arguments, "--json", "--quiet"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_broker_that_was_never_started_does_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(["dev", "kafka", "status", "--set", f"state_directory={tmp_path}"], capsys)

    assert (told["running"], told["bootstrap"]) == (False, None)
    assert told["directory"] == f"{tmp_path}/kafka"


@pytest.mark.kafka
def test_a_broker_is_found_left_running_and_told(
    tmp_path: Path, kafka_broker: BrokerStatus, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kafka").symlink_to(kafka_broker.directory)
    place = ["--set", f"state_directory={tmp_path}"]

    assert answer(["dev", "kafka", "status", *place], capsys)["bootstrap"] == kafka_broker.bootstrap
    assert answer(["dev", "kafka", "up", *place], capsys)["process_id"] == kafka_broker.process_id


@pytest.mark.spark
def test_jars_are_counted_by_what_they_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(["dev", "jars"], capsys)

    assert told["folder"] == str(cache_folder())
    assert set(told["jars"]) >= {"spark", "broker"}
