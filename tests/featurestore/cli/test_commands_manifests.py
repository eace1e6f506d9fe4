"""Commands on manifests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from featurestore.cli.app import main
from featurestore.clickstream.definitions import PROJECT
from featurestore.config import load_profile
from featurestore.step_requests import ComputeFeaturesRequest
from pipelines.project_jobs import requests_of
from pipelines.spark_application import spark_application

if TYPE_CHECKING:
    from pathlib import Path

KIND = ["--profile", "kind"]
COMPUTE = ["manifests", "render", "compute-features", "--view", "user_activity"]


def test_a_job_is_rendered_as_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPUTE, *KIND]) == 0

    profile = load_profile("kind", variables={})
    wanted = spark_application(ComputeFeaturesRequest(view="user_activity"), profile)
    assert yaml.safe_load(capsys.readouterr().out) == wanted


def test_an_image_and_a_setting_take_the_profiles_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPUTE, *KIND, "--image", "mine@sha256:0", "--set", "executors.instances=7"]) == 0

    spec = yaml.safe_load(capsys.readouterr().out)["spec"]
    assert (spec["image"], spec["executor"]["instances"]) == ("mine@sha256:0", 7)


def test_all_jobs_are_one_stream_of_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifests", "render", "--all", *KIND]) == 0

    documents = list(yaml.safe_load_all(capsys.readouterr().out))
    requests = requests_of(PROJECT, load_profile("kind", variables={}))
    assert len(documents) == len(requests)
    assert len({one["metadata"]["name"] for one in documents}) == len(requests)


def test_json_holds_the_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPUTE, *KIND, "--json"]) == 0

    (manifest,) = json.loads(capsys.readouterr().out)["manifests"]
    assert manifest["metadata"]["name"] == "compute-features-user-activity"


def test_a_folder_is_written_and_what_would_change_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "growth")
    assert main(["manifests", "render", "--all", "--output", folder, *KIND]) == 0
    assert main(["manifests", "diff", folder, *KIND]) == 0
    capsys.readouterr()

    assert main(["manifests", "diff", folder, *KIND, "--image", "mine:2"]) == 1
    shown = capsys.readouterr().out
    assert main(["manifests", "diff", folder, *KIND, "--image", "mine:2", "--json"]) == 1
    changed = json.loads(capsys.readouterr().out)["changed"]

    assert "-  image: featurestore-spark:0.1.0\n+  image: mine:2\n" in shown
    assert "train-purchase-propensity.yaml" in changed
    assert "fields.yaml" not in changed


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["render", *KIND], "InvalidRequest"),
        (["render", "fly", *KIND], "InvalidRequest"),
        (["render", "train", "--all", *KIND], "InvalidRequest"),
        (["render", "compute-features", "--vew", "x", *KIND], "InvalidRequest"),
        (["render", "--all"], "MissingSetting"),
    ],
)
def test_what_cannot_be_rendered_is_refused(
    words: list[str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifests", *words, "--json"]) == 2

    assert json.loads(capsys.readouterr().out)["error"]["type"] == kind
