"""Every task whose step is a job, against the double of an API server: it hands on, or says what went wrong."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from kfp import dsl  # type: ignore[import-untyped]

from featurestore.config.load import to_variables
from pipelines import tasks
from tests.helpers.cluster_objects import application, driver, executor, profile_in, terminated, waiting
from tests.helpers.scripted_api import APPLICATIONS, HANG_UP, PODS, Refusal, ScriptedApi
from tests.pipelines.test_artifacts import report as evaluation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE, TWO = "20240601120000000", "20240601120000001"
FILES = "files@" + "0" * 64
VIEW = "features/user_activity/v1"
WRITTEN = {"table": "events/clickstream", "instants": [ONE]}
COMPUTED = {"view": "user_activity", "table": VIEW, "source_instant": ONE, "instant": TWO}
TRAINED = {"version": 3, "location": "models/m/3", "algorithm": "x", "train_rows": 5}
SCORED = {"table": "predictions/m", "instant": TWO, "instants": {}, "rows": 4}
DRIFTED = {"model": "m", "drift": {"a": 0.3}, "drifted": ["a"], "instants": {}}

TASKS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "validate_schema": (
        {"source": "clickstream", "pinned": FILES, "max_rejected_fraction": 1.0},
        {"read": 3},
        FILES,
    ),
    "hudi_writer": ({"source": "clickstream", "pinned": FILES}, WRITTEN, f"events/clickstream@{ONE}"),
    "compute_features": (
        {"view": "user_activity", "events": f"events/clickstream@{ONE}"},
        COMPUTED,
        f"{VIEW}@{TWO}",
    ),
    "measure_drift": (
        {"model": "m", "alias": "champion", "tables": [f"{VIEW}@{TWO}"], "threshold": 0.25},
        DRIFTED,
        "drifted",
    ),
    "feature_store_reader": (
        {
            "service": "purchase_within_week",
            "tables": [f"{VIEW}@{TWO}"],
            "as_of": "",
            "name": "june",
            "only": "",
        },
        {"training_set": "june", "rows": 3},
        "june",
    ),
    "train_test_split": (
        {"training_set": "june", "by": "entity", "test_fraction": 0.2},
        {"train_rows": 2},
        "june",
    ),
    "train": (
        {"training_set": "june", "model": "m", "only": "", "algorithm": "", "spec": ""},
        TRAINED,
        "m@3",
    ),
    "evaluate": ({"model": "m@3", "training_set": "june", "gate": True}, evaluation(), "m@3"),
    "report_model": ({"model": "m@3", "training_set": "june"}, {"location": "{page}"}, "{page}"),
    "predict": ({"model": "m@3", "tables": [], "only": ""}, SCORED, f"predictions/m@{TWO}"),
}
ARTIFACTS = {
    "train": {"artifact": dsl.Model},
    "evaluate": {"metrics": dsl.Metrics, "curves": dsl.ClassificationMetrics},
    "report_model": {"page": dsl.HTML},
}
every_task = pytest.mark.parametrize("name", TASKS)


class Task:
    """One task and what the cluster does with its job, whose manifest is known once it was created."""

    def __init__(self, name: str, api: ScriptedApi, folder: Path) -> None:
        self.name, self.api, self.folder = name, api, folder
        (folder / "page.html").write_text("page")

    def run(self) -> str:
        inputs, _, _ = TASKS[self.name]
        kinds = ARTIFACTS.get(self.name, {"metrics": dsl.Metrics})
        made = {one: kind(uri=str(self.folder / one)) for one, kind in kinds.items()}
        handed_on: str = getattr(tasks, self.name)(run="r1", lineage=dsl.Artifact(), **inputs, **made)
        return handed_on

    @property
    def manifest(self) -> dict[str, Any]:
        posted = [one.body for one in self.api.asked if one.what == f"POST {APPLICATIONS}"]
        assert all(one == posted[0] for one in posted)
        return posted[0]

    @property
    def report(self) -> str:
        return json.dumps(TASKS[self.name][1]).replace("{page}", str(self.folder / "page.html"))

    @property
    def handed_on(self) -> str:
        return TASKS[self.name][2].replace("{page}", str(self.folder / "page.html"))

    @property
    def record(self) -> Path:
        (found,) = (self.folder / "lake/_runs/records/r1").glob("*.json")
        return found

    def becomes(self, is_now: str, phase: str = "Running", told: str = "", **pod: Any) -> Callable[[], None]:
        """The application and its driver are so from now on."""

        def act() -> None:
            self.api.put(APPLICATIONS, application(self.manifest, is_now, errorMessage=told))
            self.api.put(PODS, driver(self.manifest, phase, **pod))
            if phase == "Running":
                self.api.put(PODS, executor(self.manifest))

        return act

    def ends_well(self) -> None:
        self.becomes("COMPLETED", "Succeeded")()
        self.api.write(f"{self.manifest['metadata']['name']}-driver", "working", self.report)

    def looks(self, *steps: Any) -> None:
        """What the looks at the job find, after the two that it is started by."""
        self.api.on(f"GET {APPLICATIONS}/*", None, None, *steps)


@pytest.fixture
def task(name: str, api: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    profile = profile_in(
        tmp_path,
        storage__root_uri=str(tmp_path / "lake"),
        identity__kind="none",
        kubernetes__event_log_uri=None,
        pipelines__reuse=False,
        pipelines__retries=1,
        pipelines__retry_seconds=1,
    )
    for variable, value in to_variables(profile, whole=True).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("FEATURESTORE__STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setattr("pipelines.attempts.time.sleep", lambda _seconds: None)
    aliases = tmp_path / "lake/models/m/aliases"
    aliases.mkdir(parents=True)
    (aliases / "1.json").write_text('{"number": 1, "trails": {"champion": ["3"]}}')
    return Task(name, api, tmp_path)


def failure(task: Task) -> str:
    with pytest.raises(SystemExit) as raised:
        task.run()
    assert task.api.things[APPLICATIONS] == {} or task.api.count("DELETE *") == 0
    return str(raised.value)


@every_task
def test_a_job_that_ends_well_is_handed_on(task: Task) -> None:
    task.looks(task.becomes("SUBMITTED", "Pending"), task.becomes("RUNNING"), task.ends_well)

    assert task.run() == task.handed_on
    assert task.api.count("POST *") == 1
    assert task.manifest["spec"]["restartPolicy"]["type"] == "Never"


@every_task
def test_a_submission_that_failed_is_no_success(task: Task) -> None:
    def refused() -> None:
        failed = application(task.manifest, "FAILED", errorMessage="webhook refused the driver")
        task.api.put(APPLICATIONS, failed)

    task.looks(refused)

    assert "webhook refused the driver" in failure(task)


@every_task
def test_an_image_that_cannot_be_had_ends_the_task_and_the_job(task: Task) -> None:
    task.looks(task.becomes("SUBMITTED", "Pending", state=waiting("ImagePullBackOff", "not found")))

    assert "cannot be had" in failure(task)
    assert task.api.things[APPLICATIONS] == {}


@every_task
def test_a_driver_that_needs_more_memory_is_not_tried_again(task: Task) -> None:
    task.looks(task.becomes("FAILED", "Failed", state=terminated(137, "OOMKilled")))

    assert "memory" in failure(task)
    assert task.api.count("POST *") == 1


@every_task
def test_a_driver_whose_node_went_is_tried_again(task: Task) -> None:
    task.looks(
        task.becomes("FAILED", "Failed", reason="Evicted", message="node drained"),
        *(None, None, None, None),
        task.ends_well,
    )

    assert task.run() == task.handed_on
    assert task.api.count("POST *") == 2


@every_task
def test_a_task_that_is_started_anew_takes_its_job_up(task: Task) -> None:
    kept: list[str] = []
    task.looks(task.becomes("RUNNING"), lambda: os.kill(os.getpid(), signal.SIGUSR1))

    def lose_the_watcher(_number: int, _frame: object) -> None:
        kept.append(task.record.read_text())
        raise SystemError

    before = signal.signal(signal.SIGUSR1, lose_the_watcher)
    try:
        with pytest.raises(SystemError):
            task.run()
    finally:
        signal.signal(signal.SIGUSR1, before)
    # Nobody writes a record for a pod that was killed.
    task.record.write_text(kept[0])
    task.api.on(f"GET {APPLICATIONS}/*", None, task.ends_well)

    assert task.run() == task.handed_on
    assert task.api.count("POST *") == 1


@every_task
def test_a_name_that_somebody_else_took_for_the_same_is_taken_up(task: Task) -> None:
    task.api.on(f"POST {APPLICATIONS}", Refusal(409, "exists"))
    task.api.on(f"GET {APPLICATIONS}/*", None, None, task.becomes("RUNNING"), task.ends_well)

    assert task.run() == task.handed_on


@every_task
def test_a_burst_of_errors_of_the_server_is_lived_through(task: Task) -> None:
    task.looks(task.becomes("RUNNING"), Refusal(503), HANG_UP, Refusal(500), Refusal(429), task.ends_well)

    assert task.run() == task.handed_on


@every_task
def test_a_suspended_job_is_waited_for(task: Task) -> None:
    def suspended() -> None:
        task.api.put(APPLICATIONS, application(task.manifest, "SUSPENDED"))

    task.looks(suspended, None, None, None, task.becomes("RUNNING"), task.ends_well)

    assert task.run() == task.handed_on


@every_task
def test_a_job_that_is_deleted_while_it_runs_fails_the_task(task: Task) -> None:
    task.looks(
        task.becomes("RUNNING"), lambda: task.api.drop(APPLICATIONS, task.manifest["metadata"]["name"])
    )

    assert "it was deleted while it ran" in failure(task)


@every_task
def test_a_task_that_is_told_to_stop_leaves_no_job(task: Task) -> None:
    task.looks(task.becomes("RUNNING"), lambda: os.kill(os.getpid(), signal.SIGTERM))

    with pytest.raises(KeyboardInterrupt):
        task.run()

    assert task.api.things[APPLICATIONS] == task.api.things[PODS] == {}
    assert json.loads(task.record.read_text())["error"]["type"] == "Interrupted"
