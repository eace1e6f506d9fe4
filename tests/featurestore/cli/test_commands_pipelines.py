"""Commands about pipelines: here with a light one, and on a double of Kubeflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from featurestore.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from tests.helpers.kubeflow_api import KubeflowApi

PIN = "tests.helpers.pipelines:pin"


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """What puts a command into a folder of its own."""
    (tmp_path / "a.jsonl").write_text("{}\n")
    settings = (f"storage.root_uri={tmp_path / 'lake'}", f"state_directory={tmp_path / 'state'}")
    return [word for one in settings for word in ("--set", one)]


@pytest.fixture
def on_kubeflow(kubeflow_profile: Profile, tmp_path: Path) -> list[str]:
    """What puts a command where the double is."""
    settings = {
        "project": kubeflow_profile.project,
        "state_directory": str(tmp_path / "state"),
        "storage": {"root_uri": str(tmp_path / "lake")},
        "kubernetes": {"namespace": "growth"},
        "image": {"pin": False},
        "pipelines": {
            "endpoint": kubeflow_profile.pipelines.endpoint,
            "domains": {"staging": str(tmp_path / "place.yaml"), "prod": str(tmp_path / "prod.yaml")},
        },
    }
    (tmp_path / "place.yaml").write_text(yaml.safe_dump(settings))
    settings["storage"] = {"root_uri": str(tmp_path / "prod")}
    (tmp_path / "prod.yaml").write_text(yaml.safe_dump(settings))
    return ["--profile", str(tmp_path / "place.yaml")]


def answer(words: list[str], capsys: pytest.CaptureFixture[str], *, code: int = 0) -> Any:
    assert main(["pipeline", *words, "--json", "--quiet"]) == code
    return json.loads(capsys.readouterr().out)


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["pipeline", *words, "--quiet"]) == 0
    return capsys.readouterr().out


def test_a_pipeline_is_run_here_and_looked_at(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = answer(["run", PIN, "--local", "-p", f"path={tmp_path}/*.jsonl", *place], capsys)

    (listed,) = answer(["list", *place], capsys)["runs"]
    assert (made["state"], listed["run"], listed["state"]) == ("done", made["run"], "done")
    assert made["run"] in said(["list", *place], capsys)
    assert answer(["status", made["run"], *place], capsys) == made
    shown = said(["status", made["run"], *place], capsys)
    assert made["tasks"][0]["task"] in shown
    assert "looking at the files" in said(["logs", made["run"], *place], capsys)
    again = answer(["resume", made["run"], *place], capsys)
    assert again["state"] == "done"
    told = answer(["notify", made["run"], *place], capsys)
    assert told == {"run": made["run"], "told": "success: nobody told"}
    error = answer(["cancel", made["run"], *place], capsys, code=2)["error"]
    assert "a run of this machine, which knows its process" in error["message"]


def test_here_or_there_but_not_both(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    error = answer(["run", PIN, "--local", "--cluster", *place], capsys, code=2)["error"]

    assert error["type"] == "InvalidRequest"
    missing = answer(["run", PIN, "--cluster", "-p", "path=x", *place], capsys, code=2)["error"]
    assert missing["type"] == "MissingSetting"


def test_a_pipeline_is_compiled_for_no_place_or_for_one(
    place: list[str], tmp_path: Path, on_kubeflow: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    plain = list(yaml.safe_load_all(said(["compile", "clickstream", *place], capsys)))
    output = str(tmp_path / "c.yaml")
    made = answer(["compile", "clickstream", "--output", output, *on_kubeflow], capsys)

    assert len(plain) == 1
    assert made == {"pipeline": "clickstream", "file": output}
    pipeline, platform = yaml.safe_load_all((tmp_path / "c.yaml").read_text())
    assert pipeline["pipelineInfo"]["name"] == "clickstream"
    assert "exec-train" in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


def test_a_profile_with_an_endpoint_runs_there(
    kubeflow_api: KubeflowApi, on_kubeflow: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    made = answer(["run", "ingest", "--no-cache", "-p", "batch=true", *on_kubeflow], capsys)

    kept = kubeflow_api.things["runs"][made["run"]]
    assert kept["runtime_config"]["parameters"] == {"batch": True}
    assert [one["run"] for one in answer(["list", *on_kubeflow], capsys)["runs"]] == [made["run"]]


def test_schedules_are_those_of_the_file(
    kubeflow_api: KubeflowApi,
    on_kubeflow: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "schedules.yaml"
    file.write_text('schedules: {nightly: {pipeline: ingest, cron: "0 3 * * *"}}\n')

    only_said = answer(["schedule", str(file), "--dry-run", *on_kubeflow], capsys)
    assert kubeflow_api.things["recurringruns"] == {}
    made = answer(["schedule", str(file), *on_kubeflow], capsys)
    assert made == only_said == {"added": ["nightly"], "removed": [], "kept": []}
    assert len(kubeflow_api.things["recurringruns"]) == 1


def test_a_version_is_registered_promoted_run_and_taken_back(
    kubeflow_api: KubeflowApi, on_kubeflow: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = answer(["register", "ingest", *on_kubeflow], capsys)
    promoted = answer(["promote", "ingest", "--from", "staging", "--to", "prod", *on_kubeflow], capsys)
    run = answer(["run", "ingest", "--active", "--profile", str(tmp_path / "prod.yaml")], capsys)
    back = answer(["rollback", "ingest", "--domain", "prod", *on_kubeflow], capsys, code=2)

    assert promoted["version"] == first["version"]
    assert run["run"] in kubeflow_api.things["runs"]
    assert "active before" in back["error"]["message"]
