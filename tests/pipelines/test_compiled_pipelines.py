"""Pipelines as they are committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from google.protobuf import json_format  # type: ignore[import-untyped]
from kfp.pipeline_spec import pipeline_spec_pb2  # type: ignore[import-untyped]

from pipelines.compiled_pipelines import PIPELINES, compiled, main
from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "pipelines" / "compiled"


def test_there_is_one_file_for_each_pipeline() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(PIPELINES)


@pytest.mark.parametrize("name", PIPELINES)
def test_what_is_committed_is_what_the_code_compiles_to(name: str) -> None:
    """`make pipelines` writes them."""
    assert (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") == compiled(name)


@pytest.mark.parametrize("name", PIPELINES)
def test_it_is_a_pipeline_by_kubeflows_own_specification(name: str) -> None:
    document = next(yaml.safe_load_all(compiled(name)))

    parsed = json_format.ParseDict(document, pipeline_spec_pb2.PipelineSpec())

    assert parsed.pipeline_info.name == name
    assert parsed.root.dag.tasks


@pytest.mark.parametrize("name", PIPELINES)
def test_no_task_is_answered_from_kubeflows_cache(name: str) -> None:
    document = next(yaml.safe_load_all(compiled(name)))
    dags = [document["root"], *document["components"].values()]
    tasks = [task for dag in dags if "dag" in dag for task in dag["dag"]["tasks"].values()]
    containers = {key for key, one in document["components"].items() if "executorLabel" in one}

    of_steps = [task for task in tasks if task["componentRef"]["name"] in containers]
    assert of_steps
    assert [task["cachingOptions"] for task in of_steps] == [{}] * len(of_steps)


def test_the_folder_is_written_as_a_whole(tmp_path: Path) -> None:
    main(tmp_path / "new")

    assert {path.name for path in (tmp_path / "new").iterdir()} == {f"{name}.yaml" for name in PIPELINES}
