"""A story whose steps are done once over all runs."""

from __future__ import annotations

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
