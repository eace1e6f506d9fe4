"""The clickstream pipeline: who waits for whom. Whole, it runs in `tests/featurestore/clickstream/test_demo.py`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from pipelines.pipeline_source import pipeline_document

TRAINING = ["feature-store-reader", "train-test-split", "train", "evaluate", "register-model", "predict"]
"""Each needs the one before it."""


def tasks_of(name: str, component: str | None = None) -> dict[str, Any]:
    document = pipeline_document(name)
    dag = document["components"][component] if component else document["root"]
    found: dict[str, Any] = dag["dag"]["tasks"]
    return found


@pytest.mark.parametrize(
    ("name", "component", "order"),
    [
        ("clickstream", "comp-exit-handler-1", ["ingest", "features", "training"]),
        ("training", None, TRAINING),
        ("ingest", None, ["kafka-streamer", "validate-schema", "hudi-writer"]),
        ("retrain", "comp-exit-handler-1", ["pin-tables", "measure-drift", "condition-2"]),
        ("per-region", "comp-exit-handler-1", ["pin-tables", "regions"]),
    ],
)
def test_each_task_waits_for_the_one_before_it(name: str, component: str | None, order: list[str]) -> None:
    tasks = tasks_of(name, component)

    assert set(order) <= set(tasks)
    for before, task in pairwise(order):
        assert before in tasks[task]["dependentTasks"]


def test_the_page_shows_what_was_predicted() -> None:
    assert "predict" in tasks_of("training")["report-model"]["dependentTasks"]


@pytest.mark.parametrize("name", ["clickstream", "retrain", "per-region"])
def test_however_a_run_ends_its_end_is_told(name: str) -> None:
    tasks = tasks_of(name)

    assert set(tasks) == {"exit-handler-1", "notify"}
    assert tasks["notify"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_a_model_is_trained_anew_only_where_rows_have_drifted() -> None:
    condition = tasks_of("retrain", "comp-exit-handler-1")["condition-2"]["triggerPolicy"]["condition"]

    assert "drifted" in condition


def test_regions_are_worked_on_two_at_a_time() -> None:
    loop = next(
        one for name, one in tasks_of("per-region", "comp-regions").items() if name.startswith("for-loop")
    )

    assert loop["iteratorPolicy"]["parallelismLimit"] == 2
