"""The layers of a profile: what it extends, the environment, the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.config.layers import file_layers, known_profiles
from featurestore.config.load import profile_with_origins
from featurestore.dev.emulators import EMULATORS
from featurestore.errors import InvalidSetting, UnknownProfile, UnknownSetting

if TYPE_CHECKING:
    from pathlib import Path

BASE = "project: shop:PROJECT\nstate_directory: /state\nstorage: {root_uri: /lake}\nkafka: {bootstrap: 'base:1'}\n"


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_a_profile_takes_from_those_it_extends_what_it_does_not_say(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=BASE,
        team="extends: base.yaml\nspark: {shuffle_partitions: 8}\nkafka: {bootstrap: 'team:1'}\n",
        night="extends: team.yaml\nspark: {shuffle_partitions: 16}\n",
    )
    found = load_profile(str(tmp_path / "night.yaml"), variables={})

    assert found.name == "night"
    assert (found.spark.shuffle_partitions, found.kafka.bootstrap) == (16, "team:1")
    assert (found.project, found.storage.root_uri) == ("shop:PROJECT", "file:///lake")


def test_a_profile_of_ones_own_may_extend_one_of_the_package(tmp_path: Path) -> None:
    write(tmp_path, team="extends: aws\nstorage: {root_uri: 's3a://team-lake/lake'}\n")
    found = load_profile(str(tmp_path / "team.yaml"), variables={})

    assert (found.name, found.storage.root_uri) == ("team", "s3a://team-lake/lake")
    assert found.executors == load_profile("aws", variables={}).executors


def test_each_setting_knows_the_place_that_decided(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, team="extends: base.yaml\nspark: {shuffle_partitions: 8, driver_memory: 2g}\n")
    team = str(tmp_path / "team.yaml")
    variables = {"FEATURESTORE__SPARK__DRIVER_MEMORY": "3g"}
    found, origins = profile_with_origins(team, overrides={"spark.master": "local[1]"}, variables=variables)

    assert origins == {
        "project": str(tmp_path / "base.yaml"),
        "state_directory": str(tmp_path / "base.yaml"),
        "storage.root_uri": str(tmp_path / "base.yaml"),
        "kafka.bootstrap": str(tmp_path / "base.yaml"),
        "spark.shuffle_partitions": team,
        "spark.driver_memory": "environment",
        "spark.master": "argument",
    }
    assert found.spark.driver_memory == "3g"


def test_null_in_a_profile_brings_back_the_default_and_not_what_it_extends(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, team="extends: base.yaml\nkafka: {bootstrap: null}\n")

    assert load_profile(str(tmp_path / "team.yaml"), variables={}).kafka.bootstrap is None


@pytest.mark.parametrize(
    "texts", [{"one": "extends: one.yaml"}, {"one": "extends: two.yaml", "two": "extends: one.yaml"}]
)
def test_a_profile_that_extends_itself_is_refused(tmp_path: Path, texts: dict[str, str]) -> None:
    write(tmp_path, **texts)

    with pytest.raises(InvalidSetting, match="does not extend this one"):
        load_profile(str(tmp_path / "one.yaml"), variables={})


@pytest.mark.parametrize("named", ["5", "[aws]", "''"])
def test_what_is_extended_is_a_name(tmp_path: Path, named: str) -> None:
    write(tmp_path, team=f"extends: {named}\n")

    with pytest.raises(InvalidSetting, match="the name of a profile"):
        load_profile(str(tmp_path / "team.yaml"), variables={})


def test_what_is_extended_and_not_there_is_told(tmp_path: Path) -> None:
    write(tmp_path, team="extends: nowhere.yaml\n")

    with pytest.raises(UnknownProfile, match="nowhere"):
        load_profile(str(tmp_path / "team.yaml"), variables={})


def test_an_unknown_key_is_told_with_the_file_that_has_it(tmp_path: Path) -> None:
    write(tmp_path, base=BASE + "spark: {mastr: a}\n", team="extends: base.yaml\n")

    with pytest.raises(UnknownSetting) as raised:
        load_profile(str(tmp_path / "team.yaml"), variables={})
    assert raised.value.origin == str(tmp_path / "base.yaml")


def test_extends_is_no_setting_of_the_environment() -> None:
    with pytest.raises(UnknownSetting, match="extends"):
        load_profile(variables={"FEATURESTORE__EXTENDS": "aws"})


@pytest.mark.parametrize("name", sorted({*known_profiles()} - {*EMULATORS}))
def test_profiles_of_the_package_are_complete_by_themselves(name: str) -> None:
    assert len(file_layers(name, sections=())) == 1


@pytest.mark.parametrize("name", EMULATORS)
def test_profiles_of_emulators_differ_from_a_laptop_by_storage_and_identity(name: str) -> None:
    base, own = file_layers(name, sections=("storage", "identity"))

    assert base.origin == "profile local"
    assert {key.partition(".")[0] for key in own.values} == {"storage", "identity"}
