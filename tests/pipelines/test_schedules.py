"""Recurring runs as a file says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.errors import InvalidRequest
from pipelines.kubeflow import Kubeflow
from pipelines.schedules import read_schedules, reconcile

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from tests.helpers.kubeflow_api import KubeflowApi

NIGHTLY = 'schedules:\n  nightly: {pipeline: clickstream, cron: "0 3 * * *", parameters: {batch: true}}\n'
WEEKLY = '  weekly: {pipeline: retrain, cron: "0 5 * * MON"}\n'


def reconciled(text: str, profile: Profile, folder: Path, *, only_say: bool = False) -> dict[str, list[str]]:
    (folder / "schedules.yaml").write_text(text)
    wanted = read_schedules(str(folder / "schedules.yaml"))
    return reconcile(wanted, Kubeflow(profile), profile, only_say=only_say)


def names(api: KubeflowApi) -> list[str]:
    return sorted(one["display_name"] for one in api.things["recurringruns"].values())


def test_what_is_new_is_added_what_is_gone_removed_and_the_rest_kept(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, tmp_path: Path
) -> None:
    first = reconciled(NIGHTLY + WEEKLY, kubeflow_profile, tmp_path)
    again = reconciled(NIGHTLY + WEEKLY, kubeflow_profile, tmp_path)
    less = reconciled(NIGHTLY, kubeflow_profile, tmp_path)

    assert first == {"added": ["nightly", "weekly"], "removed": [], "kept": []}
    assert again == {"added": [], "removed": [], "kept": ["nightly", "weekly"]}
    assert less == {"added": [], "removed": ["weekly"], "kept": ["nightly"]}
    (kept,) = kubeflow_api.things["recurringruns"].values()
    assert kept["display_name"] == "featurestore-nightly"
    assert kept["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * *"
    assert kept["runtime_config"]["parameters"] == {"batch": True}
    assert (kept["max_concurrency"], kept["no_catchup"]) == (1, True)


@pytest.mark.parametrize(
    "changed",
    [
        NIGHTLY.replace("0 3", "0 4"),
        NIGHTLY.replace("batch: true", "batch: false"),
        NIGHTLY.replace("clickstream", "ingest"),
        NIGHTLY.replace("parameters", "enabled: false, parameters"),
    ],
)
def test_one_that_differs_takes_the_old_ones_place(
    changed: str, kubeflow_api: KubeflowApi, kubeflow_profile: Profile, tmp_path: Path
) -> None:
    reconciled(NIGHTLY, kubeflow_profile, tmp_path)
    (before,) = kubeflow_api.things["recurringruns"]

    assert reconciled(changed, kubeflow_profile, tmp_path)["added"] == ["nightly"]
    (after,) = kubeflow_api.things["recurringruns"]
    assert before != after
    last = [(method, path) for method, path, _ in kubeflow_api.asked if method != "GET"][-2:]
    assert last == [("POST", "/recurringruns"), ("DELETE", f"/recurringruns/{before}")]


def test_only_said_nothing_is_changed(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, tmp_path: Path
) -> None:
    said = reconciled(NIGHTLY, kubeflow_profile, tmp_path, only_say=True)

    assert said["added"] == ["nightly"]
    assert names(kubeflow_api) == []


def test_those_of_other_origin_are_left_alone(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, tmp_path: Path
) -> None:
    reconciled(NIGHTLY, kubeflow_profile, tmp_path)
    (experiment,) = kubeflow_api.things["experiments"]
    kubeflow_api.things["recurringruns"]["x"] = {
        "display_name": "of-somebody",
        "recurring_run_id": "x",
        "experiment_id": experiment,
    }

    reconciled("schedules: {}\n", kubeflow_profile, tmp_path)
    assert names(kubeflow_api) == ["of-somebody"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a file of schedules"),
        ("schedules: []", "a file of schedules"),
        ("schedules:\n  a: {pipeline: clickstream}", "cron"),
        ('schedules:\n  a: {pipeline: clickstream, cron: "0 3 * *"}', "five fields"),
        ('schedules:\n  a: {pipeline: clickstream, cron: "0 3 * * *; x"}', "five fields"),
        ('schedules:\n  A: {pipeline: clickstream, cron: "0 3 * * *"}', "a name of"),
        ('schedules:\n  a: {pipeline: clickstream, cron: "0 3 * * *", most_at_once: 0}', "1 or more"),
        ('schedules:\n  a: {pipeline: clickstream, cron: "0 3 * * *", color: red}', "color"),
    ],
)
def test_a_file_that_says_something_else_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "schedules.yaml").write_text(text)

    with pytest.raises(InvalidRequest, match=problem):
        read_schedules(str(tmp_path / "schedules.yaml"))
    with pytest.raises(InvalidRequest):
        read_schedules(str(tmp_path / "nothing.yaml"))


def test_parameters_are_held_against_the_pipeline(kubeflow_profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="batch"):
        reconciled(NIGHTLY.replace("batch: true", "batch: yes please"), kubeflow_profile, tmp_path)
