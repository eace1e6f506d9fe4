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


def test_a_plan_shows_pods_and_price(capsys: pytest.CaptureFixture[str]) -> None:
    prices = ["--set", "prices.cpu_hour=0.05", "--set", "prices.memory_gib_hour=0.005"]

    assert main([*COMPUTE, *KIND, "--plan", *prices]) == 0
    shown = capsys.readouterr().out
    assert main([*COMPUTE, *KIND, "--plan", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["plans"]["compute-features-user-activity"]

    assert "driver 0.2 CPU, 1.4 GiB; 1 executors of 0.2 CPU, 1.4 GiB" in " ".join(shown.split())
    assert "0.03 USD an hour" in " ".join(shown.split())
    assert plan["total"] == {"cpu_millis": 400, "memory_mib": 2866, "gpus": 0}
    assert plan["price_per_hour"] is None


def test_a_check_prints_findings_as_lines_and_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifests", "check", "--all", *KIND]) == 0
    *lines, last = capsys.readouterr().out.splitlines()

    assert all(": I102 warning spec.image: " in line for line in lines)
    assert last == f"{len(lines)} checked: 0 errors, {len(lines)} warnings"


def test_a_check_fails_on_an_error_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPUTE, *KIND, "--image", "spark:latest"]) == 0
    file = tmp_path / "mine.yaml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")

    assert main(["manifests", "check", "--file", str(file), *KIND, "--json"]) == 1

    answer = json.loads(capsys.readouterr().out)
    assert [one["rule"] for one in answer["findings"]] == ["I101"]
    assert answer["findings"][0]["fix"].endswith(".")


@pytest.mark.parametrize("text", ["a: [", "", "- 1", "text"])
def test_a_file_that_holds_no_manifest_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")

    assert main(["manifests", "check", "--file", str(file), *KIND, "--json"]) == 2

    assert json.loads(capsys.readouterr().out)["error"]["type"] == "InvalidRequest"
