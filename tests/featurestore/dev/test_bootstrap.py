"""Which broker a profile without one talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.dev.bootstrap import broker_directory, with_dev_broker

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from featurestore.dev.kafka import BrokerStatus


def profile_at(folder: Path, **kafka: str) -> Profile:
    overrides = {"state_directory": str(folder), **{f"kafka.{key}": value for key, value in kafka.items()}}
    return load_profile("local", overrides=overrides, variables={})


def test_a_profile_with_a_broker_keeps_it(tmp_path: Path) -> None:
    profile = profile_at(tmp_path, bootstrap="kafka.example:9092")

    assert with_dev_broker(profile) is profile


def test_without_a_running_broker_nothing_is_filled_in_or_made(tmp_path: Path) -> None:
    profile = profile_at(tmp_path)

    assert with_dev_broker(profile) is profile
    assert list(tmp_path.iterdir()) == []


@pytest.mark.kafka
def test_a_running_broker_is_found(tmp_path: Path, kafka_broker: BrokerStatus) -> None:
    profile = profile_at(tmp_path)
    broker_directory(profile).symlink_to(kafka_broker.directory)

    assert with_dev_broker(profile).kafka.bootstrap == kafka_broker.bootstrap
