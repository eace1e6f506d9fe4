"""Commands about profiles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.cli.app import main
from featurestore.config.layers import known_profiles
from tests.helpers.profiles import CLUSTERS

if TYPE_CHECKING:
    from pathlib import Path


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*arguments, "--json", "--quiet"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_profile_is_shown_with_what_was_set_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEATURESTORE__SPARK__MASTER", "local[1]")
    settings = [f"storage.root_uri={tmp_path}/lake", "kafka.max_events_per_batch=7"]
    told = answer(["profile", "show", *(word for one in settings for word in ("--set", one))], capsys)

    assert told["storage"]["root_uri"] == f"file://{tmp_path}/lake"
    assert told["kafka"]["max_events_per_batch"] == 7
    origins = told["origins"]
    assert (origins["storage.root_uri"], origins["spark.master"]) == ("argument", "environment")
    assert (origins["project"], origins["storage.endpoint"]) == ("profile local", "default")


def test_for_people_each_setting_has_a_line_with_its_value_and_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["profile", "show", "--profile", "aws"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["storage.region", "us-east-1", "profile", "aws"] in lines
    assert ["storage.endpoint", "-", "default"] in lines


def test_profiles_are_listed_with_their_lakes(capsys: pytest.CaptureFixture[str]) -> None:
    listed = answer(["profile", "list"], capsys)["profiles"]
    assert main(["profile", "list"]) == 0

    assert [one["profile"] for one in listed] == list(known_profiles())
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(known_profiles())


@pytest.mark.parametrize(
    ("one", "other"), [("aws", "gcp"), ("gcp", "azure"), ("aws", "azure"), ("aws", "onprem")]
)
def test_clouds_differ_in_less_than_fifteen_settings(
    one: str, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "diff", one, other]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert 0 < len(lines) < 15
    assert any(line.startswith("identity.kind ") for line in lines)


def test_a_profile_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["profile", "diff", "aws", "aws"], capsys) == {"settings": {}}
    assert main(["profile", "diff", "aws", "aws"]) == 0
    assert capsys.readouterr().out == ""


def test_differences_are_told_with_both_values(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(["profile", "diff", "aws", "gcp"], capsys)["settings"]

    assert told["storage.region"] == ["us-east-1", None]
    assert told["identity.kind"] == ["aws-irsa", "gke-workload-identity"]


@pytest.mark.parametrize("name", known_profiles())
def test_every_profile_of_the_package_can_be_worked_with(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(["profile", "check", "--profile", name], capsys)

    assert (told["profile"], told["project"]) == (name, "clickstream")
    assert (told["jobs_checked"] > 0) is (name in CLUSTERS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--set", "storage.root_uri=ftp://lake"], "a path or a URI with scheme"),
        (["--set", "project=nowhere:PROJECT"], "nowhere"),
        (["--profile", "aws", "--set", "executors.memory=900g", "--set", "limits.node_memory=64g"], "node"),
    ],
)
def test_a_profile_that_cannot_be_worked_with_is_refused_in_one_line(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "check", *given]) == 2

    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith("error: ")
    assert told in line
