"""The clickstream pipeline, run whole by Kubeflow Pipelines on this machine."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from kfp import compiler, local  # type: ignore[import-untyped]

from featurestore.clickstream.generated_files import write_parquet
from featurestore.clickstream.generator import StreamSpec
from featurestore.files import list_names
from pipelines.clickstream import clickstream

if TYPE_CHECKING:
    from pathlib import Path

ORDER = [
    "ingest",
    "features",
    "feature-store-reader",
    "train-test-split",
    "train",
    "evaluate",
    "register-model",
    "predict",
]
"""Each needs the one before it."""


def test_each_task_waits_for_the_one_before_it(tmp_path: Path) -> None:
    compiler.Compiler().compile(clickstream, str(tmp_path / "clickstream.yaml"))
    document: dict[str, Any] = next(yaml.safe_load_all((tmp_path / "clickstream.yaml").read_text()))
    tasks = document["root"]["dag"]["tasks"]

    assert set(tasks) == {*ORDER, "report-model"}
    for before, task in pairwise(ORDER):
        assert before in tasks[task]["dependentTasks"]
    assert "evaluate" in tasks["report-model"]["dependentTasks"]


@pytest.mark.spark
def test_it_goes_from_events_to_a_registered_model_and_predictions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEATURESTORE_PROFILE", "local")
    monkeypatch.setenv("FEATURESTORE__STORAGE__ROOT_URI", str(tmp_path / "lake"))
    monkeypatch.setenv("FEATURESTORE__STATE_DIRECTORY", str(tmp_path / "state"))
    write_parquet(StreamSpec(seed=1, events=4000, users=100, days=60), tmp_path / "input", files=2)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(tmp_path / "root"))

    with pytest.warns(RuntimeWarning, match="base image"):
        clickstream(
            path=str(tmp_path / "input" / "*.parquet"), views=["user_activity", "event_type_activity"]
        )

    lake = tmp_path / "lake"
    aliases = json.loads((lake / "models/purchase-week/aliases/1.json").read_text())
    assert aliases["trails"] == {"champion": ["1"]}
    assert (lake / "models/purchase-week/1/report.html").is_file()
    (training_set,) = list_names(str(lake / "training_sets"))
    manifest = json.loads((lake / "training_sets" / training_set / "manifest.json").read_text())
    assert set(manifest["instants"]) == {
        "events/clickstream",
        "features/event_type_activity/v1",
        "features/user_activity/v1",
    }
    assert (lake / "predictions/purchase-week/.hoodie").is_dir()
    lineage = json.loads(next((tmp_path / "root").glob("*/predict/executor_output.json")).read_text())
    metadata = lineage["artifacts"]["lineage"]["artifacts"][0]["metadata"]
    assert metadata["instants_in"].split(",") == [
        f"{name}@{instant}" for name, instant in sorted(manifest["instants"].items())
    ]
