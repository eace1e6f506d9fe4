"""The components as Kubeflow Pipelines has them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import yaml
from kfp import compiler, dsl, local  # type: ignore[import-untyped]

from featurestore import __version__
from pipelines import components, tasks
from pipelines.jobs import JOBS, LIGHT_STEPS

NAMES = [
    "kafka_streamer",
    "validate_schema",
    "hudi_writer",
    "compute_features",
    "pin_tables",
    "measure_drift",
    "feature_store_reader",
    "train_test_split",
    "train",
    "evaluate",
    "report_model",
    "register_model",
    "predict",
    "notify",
]


def compiled(name: str, folder: Any) -> dict[str, Any]:
    path = folder / f"{name}.yaml"
    compiler.Compiler().compile(getattr(components, name).component, str(path))
    document: dict[str, Any] = next(yaml.safe_load_all(path.read_text()))
    return document


@pytest.mark.parametrize("name", NAMES)
def test_a_component_runs_in_the_launcher_and_installs_nothing(name: str, tmp_path: Any) -> None:
    (executor,) = compiled(name, tmp_path)["deploymentSpec"]["executors"].values()

    container = executor["container"]
    assert container["image"] == f"featurestore-launcher:{__version__}"
    assert "pip install" not in " ".join(container["command"])


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_component_has_the_inputs_of_its_task_and_a_lineage(name: str, tmp_path: Any) -> None:
    (component,) = compiled(name, tmp_path)["components"].values()

    inputs = set(component["inputDefinitions"]["parameters"])
    artifacts = set(component["outputDefinitions"]["artifacts"])
    assert inputs | artifacts == set(inspect.signature(getattr(tasks, name)).parameters)
    assert "lineage" in artifacts
    assert component["outputDefinitions"]["parameters"].keys() == {"Output"}


def test_the_notifier_is_told_how_the_run_ended(tmp_path: Any) -> None:
    (component,) = compiled("notify", tmp_path)["components"].values()

    assert component["inputDefinitions"]["parameters"]["status"]["parameterType"] == "TASK_FINAL_STATUS"


def test_a_task_belongs_to_the_run_and_kubeflows_cache_never_answers_for_it(tmp_path: Any) -> None:
    @dsl.pipeline(name="one")
    def one():  # type: ignore[no-untyped-def]  # noqa: ANN202 - Kubeflow takes no annotation as text
        components.kafka_streamer(source="clickstream")

    compiler.Compiler().compile(one, str(tmp_path / "one.yaml"))

    document = next(yaml.safe_load_all((tmp_path / "one.yaml").read_text()))
    task = document["root"]["dag"]["tasks"]["kafka-streamer"]
    assert task["cachingOptions"] == {}
    assert task["inputs"]["parameters"]["run"]["runtimeValue"]["constant"] == "{{$.pipeline_job_uuid}}"


def test_every_task_is_a_component_and_its_step_is_known() -> None:
    rows = [line.split("|") for line in (tasks.__doc__ or "").splitlines() if line.startswith("| `")]
    table = {row[1].strip(" `"): row[2].replace("`", "").replace(" ", "").split(",") for row in rows}

    assert list(table) == NAMES
    assert table.pop("notify") == [""]
    assert {step for steps in table.values() for step in steps} <= JOBS.keys() | LIGHT_STEPS.keys()


def test_a_component_runs_by_itself_on_this_machine(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_PROFILE", "local")
    monkeypatch.setenv("FEATURESTORE__STORAGE__ROOT_URI", str(tmp_path / "lake"))
    (tmp_path / "a.jsonl").write_text("{}\n")
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(tmp_path / "root"))

    with pytest.warns(RuntimeWarning, match="base image"):
        task = components.kafka_streamer(run="r", source="clickstream", path=str(tmp_path / "*.jsonl"))

    assert task.outputs["Output"].startswith("files@")
    assert task.outputs["lineage"].metadata["step"] == "pin_input"
