"""Commands about teams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from featurestore.cli.app import main
from featurestore.config import load_profile
from pipelines.team import files_of, team

if TYPE_CHECKING:
    from pathlib import Path

SIZE = ["--cpu", "8", "--memory", "32g"]
ADD = ["team", "add", "growth", "--profile", "aws"]


def test_a_team_is_written_as_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ADD, "--cpu", "9", "--memory", "64g", "--executors", "2"]) == 0

    wanted = team("growth", load_profile("aws", variables={}), cpu="9", memory="64g", executors=2)
    assert list(yaml.safe_load_all(capsys.readouterr().out)) == wanted


def test_a_profile_can_say_how_much_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--set", "limits.quota_cpu=9000m", "--set", "limits.quota_memory=64g"]

    assert main([*ADD, *given, "--json"]) == 0

    documents = json.loads(capsys.readouterr().out)["documents"]
    (quota,) = [document for document in documents if document["kind"] == "ResourceQuota"]
    assert quota["spec"]["hard"]["requests.cpu"] == "9"


def test_a_folder_is_written_in_place_of_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "teams" / "growth"

    assert main(["team", "add", "growth", "--profile", "kind", *SIZE, "--output", str(folder)]) == 0

    wanted = files_of(team("growth", load_profile("kind", variables={}), cpu="8", memory="32g"))
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == wanted
    assert "kind: Namespace" not in capsys.readouterr().out


def test_a_cluster_without_the_operator_has_other_rights(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["team", "add", "growth", "--profile", "kind", *SIZE, "--set", "kubernetes.runner=native"]) == 0
    )

    native = load_profile("kind", overrides={"kubernetes.runner": "native"}, variables={})
    wanted = team("growth", native, cpu="8", memory="32g")
    assert list(yaml.safe_load_all(capsys.readouterr().out)) == wanted


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["growth", "--profile", "aws"], "MissingSetting"),
        (["growth", "--profile", "aws", "--cpu", "9"], "MissingSetting"),
        (["growth", "--profile", "aws", "--cpu", "nine", "--memory", "64g"], "InvalidSetting"),
        (["growth", "--profile", "aws", *SIZE], "InvalidRequest"),
        (["kube-system", "--profile", "kind", *SIZE], "InvalidRequest"),
        (["growth", "--profile", "local", *SIZE], "MissingSetting"),
        (["growth", "--profile", "kind", *SIZE, "--executors", "0"], "WrongUse"),
        (["growth", "--profile", "kind", *SIZE, "--executors", "1000"], "InvalidRequest"),
    ],
)
def test_what_cannot_be_rendered_is_refused_with_one_line(
    words: list[str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["team", "add", *words, "--json"]) == 2

    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["type"] == kind
    assert len(shown.err.splitlines()) == 1
