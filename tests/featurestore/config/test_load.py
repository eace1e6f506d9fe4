"""Profiles: argument over environment over YAML, and nothing that nobody reads."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.config.layers import known_profiles
from featurestore.config.load import (
    environment,
    environment_with,
    known_settings,
    to_variables,
)
from featurestore.errors import (
    ConfigError,
    InvalidProfile,
    InvalidSetting,
    MissingSetting,
    UnknownProfile,
    UnknownSetting,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    WriteProfile = Callable[[str], str]

MINIMAL = "project: shop:PROJECT\nstate_directory: /state\nstorage:\n  root_uri: /lake\n"


@pytest.fixture
def write_profile(tmp_path: Path) -> WriteProfile:
    """Writes a YAML file and gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "team.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_argument_over_environment_over_yaml(write_profile: WriteProfile) -> None:
    path = write_profile(MINIMAL + "spark:\n  master: yaml\n  driver_memory: 1g\n  shuffle_partitions: 1\n")
    variables = {
        "FEATURESTORE__SPARK__DRIVER_MEMORY": "2g",
        "FEATURESTORE__SPARK__SHUFFLE_PARTITIONS": "2",
        "PATH": "/bin",
    }

    spark = load_profile(path, overrides={"spark.shuffle_partitions": 3}, variables=variables).spark

    assert (spark.master, spark.driver_memory, spark.shuffle_partitions) == ("yaml", "2g", 3)


def test_what_nobody_set_has_its_default(write_profile: WriteProfile) -> None:
    profile = load_profile(write_profile(MINIMAL), variables={})

    assert profile.kafka.bootstrap is None
    assert profile.storage.time_travel_horizon_days == 30


@pytest.mark.parametrize("text", ["kafka:\n", "kafka: {}\n", "kafka:\n  bootstrap:\n", "kafka: null\n"])
def test_an_empty_section_is_none(text: str, write_profile: WriteProfile) -> None:
    assert load_profile(write_profile(MINIMAL + text), variables={}).kafka.bootstrap is None


def test_null_brings_the_default_back(write_profile: WriteProfile) -> None:
    path = write_profile(MINIMAL + "kafka:\n  bootstrap: broker:9092\n  max_events_per_batch: 5\n")
    variables = {"FEATURESTORE__KAFKA__BOOTSTRAP": ""}

    kafka = load_profile(path, overrides={"kafka.max_events_per_batch": None}, variables=variables).kafka

    assert (kafka.bootstrap, kafka.max_events_per_batch) == (None, 500_000)


@pytest.mark.parametrize("text", ["5", "yes", "[broken", "a: b", "host:1 # not a comment", "null"])
def test_text_in_the_environment_stays_text(text: str, write_profile: WriteProfile) -> None:
    variables = {"FEATURESTORE__KAFKA__BOOTSTRAP": text}

    assert load_profile(write_profile(MINIMAL), variables=variables).kafka.bootstrap == text


def test_the_laptop_is_the_default() -> None:
    profile = load_profile(variables={})

    assert profile.name == "local"
    assert profile.project == "featurestore.clickstream.definitions:PROJECT"


def test_the_environment_may_name_the_profile(write_profile: WriteProfile) -> None:
    path = write_profile(MINIMAL)

    assert load_profile(variables={"FEATURESTORE_PROFILE": path}).name == "team"
    assert load_profile("local", variables={"FEATURESTORE_PROFILE": path}).name == "local"


@pytest.mark.parametrize("name", known_profiles())
def test_every_profile_that_ships_can_be_loaded(name: str) -> None:
    assert load_profile(name, variables={}).name == name


@pytest.mark.parametrize("name", ["nowhere", "nowhere.yaml", "../local", "profiles/local"])
def test_an_unknown_profile_is_told_from_the_known_ones(name: str) -> None:
    with pytest.raises(
        UnknownProfile,
        match="Choose one of: aws, azure, azurite, gcp",
    ):
        load_profile(name, variables={})


def test_an_unknown_key_in_yaml_is_told_from_the_known_ones(write_profile: WriteProfile) -> None:
    path = write_profile(MINIMAL + "spark:\n  mastr: local\n")

    with pytest.raises(UnknownSetting, match=r"spark\.master") as raised:
        load_profile(path, variables={})

    assert (raised.value.key, raised.value.origin) == ("spark.mastr", path)
    assert raised.value.known == known_settings()


def test_an_unknown_key_in_the_environment_is_told_from_the_known_ones() -> None:
    with pytest.raises(UnknownSetting, match=r"spark\.master") as raised:
        load_profile(variables={"FEATURESTORE__SPARK__MASTR": "local"})

    assert (raised.value.key, raised.value.origin) == ("spark.mastr", "environment")


def test_an_unknown_key_in_the_argument_is_told_from_the_known_ones() -> None:
    with pytest.raises(UnknownSetting, match=r"spark\.master") as raised:
        load_profile(overrides={"master": "local"}, variables={})

    assert (raised.value.key, raised.value.origin) == ("master", "argument")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("project", 5),
        ("project", ""),
        ("state_directory", ["a"]),
        ("storage.root_uri", 5),
        ("storage.root_uri", ""),
        ("storage.root_uri", {"a": "b"}),
        ("storage.time_travel_horizon_days", "30"),
        ("storage.time_travel_horizon_days", 0),
        ("storage.time_travel_horizon_days", 1.5),
        ("storage.time_travel_horizon_days", True),
        ("kafka.bootstrap", 9092),
        ("spark.driver_memory", 3),
        ("spark.driver_memory", "lots"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(key: str, value: object) -> None:
    with pytest.raises(InvalidSetting) as raised:
        load_profile(overrides={key: value}, variables={})

    assert (raised.value.key, raised.value.received) == (key, value)


def test_a_number_in_the_environment_is_a_number() -> None:
    name = "FEATURESTORE__SPARK__SHUFFLE_PARTITIONS"

    assert load_profile(variables={name: "7"}).spark.shuffle_partitions == 7
    with pytest.raises(InvalidSetting, match="a whole number, got 'seven'"):
        load_profile(variables={name: "seven"})


@pytest.mark.parametrize("key", ["project", "state_directory", "storage.root_uri"])
def test_what_is_needed_and_missing_is_named(key: str, write_profile: WriteProfile) -> None:
    path = write_profile(MINIMAL)

    with pytest.raises(MissingSetting) as raised:
        load_profile(path, overrides={key: None}, variables={})

    assert raised.value.key == key
    assert raised.value.tried == (path, "environment", "argument")


def test_an_empty_file_lacks_what_is_needed(write_profile: WriteProfile) -> None:
    with pytest.raises(MissingSetting, match="project"):
        load_profile(write_profile(""), variables={})


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("spark: [\n", "line 2, column 1"),
        ("a: b: c\n", "line 1, column 5"),
        ("\x00", "special characters"),
        ("project: 2024-13-45\n", "month must be in 1..12"),
        ("project: !!python/object/apply:os.getcwd []\n", "line 1"),
        ("- a list\n", "got list"),
        ("text\n", "got str"),
        ("false\n", "got bool"),
    ],
)
def test_a_file_without_settings_is_one_clear_error(
    text: str, received: str, write_profile: WriteProfile
) -> None:
    path = write_profile(text)

    with pytest.raises(InvalidProfile, match=received) as raised:
        load_profile(path, variables={})

    assert isinstance(raised.value, ConfigError)
    assert str(raised.value).startswith(f"{path}: expected YAML")
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_text_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "team.yml"
    path.write_bytes(b"\xff\xfe\xff")

    with pytest.raises(InvalidProfile, match="no UTF-8"):
        load_profile(str(path), variables={})


def test_a_section_is_no_text(write_profile: WriteProfile) -> None:
    with pytest.raises(InvalidSetting, match="a mapping of settings, got 'local'"):
        load_profile(write_profile(MINIMAL + "spark: local\n"), variables={})


def test_relative_paths_begin_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    overrides = {"storage.root_uri": "my lake", "state_directory": "my state"}

    profile = load_profile(overrides=overrides, variables={})

    assert profile.storage.root_uri == f"file://{tmp_path}/my lake"
    assert profile.state_directory == f"{tmp_path}/my state"


def test_the_process_environment_is_read_when_no_other_is_given() -> None:
    with environment_with(FEATURESTORE__SPARK__MASTER="local[1]"):
        assert load_profile("local").spark.master == "local[1]"


@pytest.mark.parametrize("name", known_profiles())
def test_a_profile_in_variables_is_the_same_to_a_step(name: str) -> None:
    profile = load_profile(name, variables={})

    again = load_profile("local", variables=to_variables(profile))

    for part in ("name", "project", "storage", "kafka", "identity"):
        assert getattr(again, part) == getattr(profile, part)
    assert again.spark.shuffle_partitions == profile.spark.shuffle_partitions


def test_a_file_may_give_its_profile_another_name(write_profile: WriteProfile) -> None:
    assert load_profile(write_profile(MINIMAL), variables={}).name == "team"
    assert load_profile(write_profile(MINIMAL + "name: growth\n"), variables={}).name == "growth"


def test_the_environment_is_as_before_after_a_change() -> None:
    before = environment()

    with environment_with(PATH="/nowhere", FEATURESTORE_TEST_NEW="1"):
        assert environment()["PATH"] == "/nowhere"
        assert environment()["FEATURESTORE_TEST_NEW"] == "1"

    assert environment() == before


@pytest.mark.parametrize("name", known_profiles())
def test_a_profile_comes_whole_through_the_environment(name: str) -> None:
    profile = load_profile(
        name,
        overrides={
            "pipelines.secrets": ["lake/KEY"],
            "pipelines.reuse": False,
            "executors.node_selector": {"a": "b, c"},
            "prices.cpu_hour": 0.5,
        },
        variables={},
    )

    assert load_profile("local", variables=to_variables(profile, whole=True)) == dataclasses.replace(
        profile, state_directory=load_profile("local", variables={}).state_directory
    )


@pytest.mark.parametrize("text", ["lake/KEY", '{"a": "b"}', "[1]", "[", '[""]'])
def test_a_list_in_the_environment_is_a_list_of_json_and_nothing_else(text: str) -> None:
    with pytest.raises(InvalidSetting, match="a list of texts"):
        load_profile(variables={"FEATURESTORE__PIPELINES__SECRETS": text})
