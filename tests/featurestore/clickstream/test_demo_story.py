"""A story whose steps are done once over all runs."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any, cast

import pytest

from featurestore.clickstream.demo_story import Story
from featurestore.config import load_profile
from featurestore.steps.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


def begin(folder: Path, said: list[str]) -> Story:
    profile = load_profile("local", overrides={"storage.root_uri": str(folder)}, variables={})
    workspace = Workspace(spark=cast("SparkSession", None), profile=profile, project=cast("Any", None))
    story = Story(workspace=workspace, say=said.append)
    story.begin()
    return story


def test_a_step_that_an_earlier_run_finished_is_not_done_again(tmp_path: Path) -> None:
    said: list[str] = []
    first = begin(tmp_path, said).step("Split it", lambda: {"step": "split", "train_rows": 1_234})

    story = begin(tmp_path, said)
    again = story.step("Split it", lambda: pytest.fail("done again"))

    assert (first, story.reused) == (again, 1)
    assert said[-2:] == ["    done by an earlier run:", "    train rows 1,234"]


def test_a_step_that_fails_is_done_by_the_next_run(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        begin(tmp_path, []).step("Divide", lambda: {"rows": 1 // 0})

    assert begin(tmp_path, []).step("Divide", lambda: {"rows": 1}) == {"rows": 1}


def test_a_step_whose_outcome_is_gone_is_done_again(tmp_path: Path) -> None:
    begin(tmp_path, []).step("Write the page", lambda: {"size": 1})

    found = begin(tmp_path, []).step("Write the page", lambda: {"size": 2}, again=True)

    assert found == {"size": 2}


def test_an_evaluation_says_which_conditions_fail(tmp_path: Path) -> None:
    said: list[str] = []
    metrics = {"auc": 0.5, "pr_auc": None, "log_loss": 0.25, "rows": 10, "positives": 2}
    gate = [{"condition": "auc at least 0.6", "passed": False}, {"condition": "other", "passed": True}]

    begin(tmp_path, said).step("Evaluate", lambda: {"step": "evaluate", "metrics": metrics, "gate": gate})

    assert said[-1].endswith(
        "auc 0.5, pr auc undefined, log loss 0.25, on 10 rows with 2 positives, gate: auc at least 0.6 fails"
    )


def test_steps_done_together_are_told_in_order_and_remembered(tmp_path: Path) -> None:
    said: list[str] = []
    second_began = Event()

    def first() -> dict[str, Any]:
        assert second_began.wait(timeout=10)
        return {"rows": 1}

    def second() -> dict[str, Any]:
        second_began.set()
        return {"rows": 2}

    begin(tmp_path, said).together({"First": first, "Second": second})

    assert [line.strip() for line in said] == ["1. First", "rows 1", "2. Second", "rows 2"]
    again = begin(tmp_path, [])
    again.together({"First": lambda: pytest.fail("again"), "Second": lambda: pytest.fail("again")})
    assert again.reused == 2
