"""Settings that cannot be are refused where they are made."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from featurestore.config import KafkaSettings, Profile, SparkSettings, StorageSettings
from featurestore.errors import InvalidSetting

PROFILE = Profile(
    name="test",
    project="shop:PROJECT",
    state_directory="/state",
    storage=StorageSettings(root_uri="file:///lake/"),
)


@pytest.mark.parametrize("memory", ["1m", "3g", "1500m"])
def test_memory_is_in_java_notation(memory: str) -> None:
    assert SparkSettings(driver_memory=memory).driver_memory == memory


@pytest.mark.parametrize("memory", ["", "3", "3gb", "3 g", "0g", "3g\n", "-1g", "1.5g"])
def test_other_memory_is_refused(memory: str) -> None:
    with pytest.raises(InvalidSetting, match=r"spark\.driver_memory"):
        SparkSettings(driver_memory=memory)


def test_counts_are_one_or_more() -> None:
    with pytest.raises(InvalidSetting, match=r"spark\.shuffle_partitions"):
        SparkSettings(shuffle_partitions=0)
    with pytest.raises(InvalidSetting, match=r"kafka\.max_events_per_batch"):
        KafkaSettings(max_events_per_batch=0)
    with pytest.raises(InvalidSetting, match=r"storage\.time_travel_horizon_days"):
        StorageSettings(root_uri="/lake", time_travel_horizon_days=0)


def test_a_table_lies_below_the_root() -> None:
    assert PROFILE.table_uri("events/clicks") == "file:///lake/events/clicks"


def test_a_profile_is_plain_json() -> None:
    document = PROFILE.to_json()

    assert json.loads(json.dumps(document)) == document
    assert document["storage"]["root_uri"] == "file:///lake/"


def test_a_profile_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PROFILE.name = "other"  # type: ignore[misc]
