"""Rendered folders: what `kubectl apply -k` makes of them, after one file was edited."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from featurestore.clickstream.definitions import PROJECT
from featurestore.config import load_profile
from pipelines.kustomization import KUSTOMIZATION, files_of
from pipelines.project_jobs import requests_of
from pipelines.spark_application import spark_application
from tests.helpers.crds import problems
from tests.helpers.kustomize import built
from tests.helpers.profiles import CLUSTERS

RENDERED = Path(__file__).parents[2] / "manifests" / "sparkapplication" / "rendered"
BUCKETS = {"azure": "lake@featurestorelake.dfs.core.windows.net"}
BUCKET = "featurestore-lake"


def edited(folder: Path, name: str, **changes: tuple[str, str]) -> Path:
    """A copy of a rendered folder with texts of its `kustomization.yaml` replaced, and every job on."""
    copy = shutil.copytree(RENDERED / name, folder / name)
    text = (copy / KUSTOMIZATION).read_text(encoding="utf-8").replace("# - ", "- ")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (copy / KUSTOMIZATION).write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_files_are_what_render_writes(name: str) -> None:
    profile = load_profile(name, variables={})
    made = [spark_application(request, profile) for request in requests_of(PROJECT, profile)]
    there = {path.name: path.read_text(encoding="utf-8") for path in (RENDERED / name).iterdir()}

    assert there == files_of(made, profile), "run `make manifests`"


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_folder_as_it_is_gives_the_first_job(name: str) -> None:
    (first,) = built(RENDERED / name)

    assert first == yaml.safe_load((RENDERED / name / "ingest-batch-clickstream.yaml").read_text())


@pytest.mark.parametrize("name", CLUSTERS)
def test_one_edited_file_moves_all_jobs(name: str, tmp_path: Path) -> None:
    bucket = BUCKETS.get(name, BUCKET)
    folder = edited(
        tmp_path,
        name,
        bucket=(f"bucket={bucket}", "bucket=other@place.example"),
        image=("newName: featurestore-spark", "newName: registry.example/spark"),
        tag=("newTag: 0.1.0", "newTag: '7'"),
        namespace=("namespace: featurestore", "namespace: growth"),
    )

    made = built(folder)

    assert len(made) == len(requests_of(PROJECT, load_profile(name, variables={})))
    assert {one["kind"] for one in made} == {"SparkApplication"}
    assert {one["metadata"]["namespace"] for one in made} == {"growth"}
    assert {one["spec"]["image"] for one in made} == {"registry.example/spark:7"}
    assert [text for text in texts(made) if f"//{bucket}" in text] == []
    assert [text for text in texts(made) if "//other@place.example/" in text]
    assert [problem for one in made for problem in problems(one)] == []


def texts(value: Any) -> list[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []
