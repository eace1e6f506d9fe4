"""The log of a run, or of one task's job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactNotFound
from featurestore.step_requests import PinInputRequest, PlanRequest, SplitRequest
from pipelines.run_here import run_folder
from pipelines.run_logs import run_log
from pipelines.run_records import recorded
from tests.helpers.cluster_objects import driver, job, profile_in
from tests.helpers.scripted_api import PODS, ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    place = str(tmp_path / "lake")
    return profile_in(tmp_path, storage__root_uri=place, identity__kind="none")


def text(run: str, task: str | None, profile: Profile) -> str:
    return "".join(run_log(run, task, profile))


def test_a_run_of_this_machine_has_a_log_of_its_own(profile: Profile) -> None:
    folder = run_folder("r-1", profile)
    folder.mkdir(parents=True)
    (folder / "run.log").write_text("one\ntwo\n")

    assert text("r-1", None, profile) == "one\ntwo\n"


def test_a_task_shows_its_job_from_this_machine_or_from_the_cluster(
    profile: Profile, api: ScriptedApi, tmp_path: Path
) -> None:
    manifest = job(profile, run="r-1")
    api.put(PODS, driver(manifest))
    api.write(f"{manifest['metadata']['name']}-driver", "from the cluster")
    kept = tmp_path / "state/runs/split-june-1"
    kept.mkdir(parents=True)
    (kept / "driver.log").write_text("kept here\n")
    with recorded(PlanRequest(), profile, run="r-1") as record:
        record.job = manifest["metadata"]["name"]
    with recorded(SplitRequest(training_set="june"), profile, run="r-1") as record:
        record.job = "split-june-1"
    with recorded(PinInputRequest(source="clicks"), profile, run="r-1") as record:
        record.reused({}, run="r-0")

    assert text("r-1", "plan", profile).endswith("from the cluster\n")
    assert text("r-1", "split", profile).endswith("kept here\n")
    assert text("r-1", "pin_input", profile).endswith("run r-0 made it\n")
    assert text("r-1", None, profile).count("== ") == 3
    with pytest.raises(ArtifactNotFound, match="plan"):
        text("r-1", "train", profile)
