"""What becomes of each task of a run is in the lake, and nothing of another run is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest, JobFailed
from featurestore.step_requests import EvaluateRequest, PlanRequest, SplitRequest
from pipelines.run_records import record_of, recorded, records_of, runs_of, task_name

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

SPLIT = SplitRequest(training_set="june")


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path / "lake")}, variables={})


def test_a_task_is_running_until_its_end_and_then_says_what_it_made(profile: Profile) -> None:
    with recorded(SPLIT, profile, run="r-1") as record:
        (meanwhile,) = records_of("r-1", profile)
        record.job = "split-june-1"
        record.done({"train_rows": 3})

    (after,) = records_of("r-1", profile)
    assert (meanwhile.state, meanwhile.ended_at) == ("running", None)
    assert (after.state, after.job, after.report) == ("done", "split-june-1", {"train_rows": 3})
    assert after.request == SPLIT.to_json()
    assert after.ended_at is not None
    assert after.ended_at >= after.started_at == meanwhile.started_at


def test_a_failure_is_kept_by_the_class_with_which_the_jobs_step_ended(profile: Profile) -> None:
    error = JobFailed("evaluate-m-1", told="no", code=1, log="driver.log", error_type="GateFailed")

    def fail(raised: BaseException) -> None:
        with recorded(SPLIT, profile, run="r-1"):
            raise raised

    for raised, kind in (
        (error, "GateFailed"),
        (KeyboardInterrupt(), "Interrupted"),
        (ValueError("a\nb"), "ValueError"),
    ):
        with pytest.raises(type(raised)):
            fail(raised)
        found = record_of(SPLIT, profile, run="r-1")
        assert found is not None
        assert found.state == "failed"
        assert found.error is not None
        assert found.error["type"] == kind
        assert "\n" not in found.error["message"]


def test_what_an_earlier_run_made_is_told_from_what_was_done(profile: Profile) -> None:
    with recorded(SPLIT, profile, run="r-2") as record:
        record.reused({"train_rows": 3}, run="r-1")

    (found,) = records_of("r-2", profile)
    assert (found.state, found.reused_from, found.report) == ("reused", "r-1", {"train_rows": 3})


def test_each_request_has_a_name_of_its_own_in_a_run() -> None:
    requests = [SPLIT, SplitRequest(training_set="june", test_fraction=0.3), PlanRequest()]
    requests.append(EvaluateRequest(model="m" * 60, training_set="june"))

    names = [task_name(one) for one in requests]
    assert len(set(names)) == len(names)
    assert names == [task_name(one) for one in requests]
    assert all(len(name) <= 63 for name in names)


def test_tasks_are_in_the_order_in_which_they_began(profile: Profile) -> None:
    for request in (PlanRequest(), SPLIT):
        with recorded(request, profile, run="r-1") as record:
            record.done({})

    assert [one.step for one in records_of("r-1", profile)] == ["plan", "split"]
    assert runs_of(profile) == ["r-1"]


def test_a_run_that_is_not_there_is_told_from_those_that_are(profile: Profile) -> None:
    with recorded(SPLIT, profile, run="r-1") as record:
        record.done({})

    with pytest.raises(ArtifactNotFound) as raised:
        records_of("r-2", profile)
    assert raised.value.known == ("r-1",)
    assert record_of(PlanRequest(), profile, run="r-1") is None


@pytest.mark.parametrize("run", ["", "../r", "a/b", "-a", "a" * 64, "a b"])
def test_a_run_whose_name_could_leave_the_folder_is_refused(run: str, profile: Profile) -> None:
    with pytest.raises(InvalidRequest, match="letters, digits"):
        records_of(run, profile)


def test_a_damaged_record_is_named(profile: Profile, tmp_path: Path) -> None:
    with recorded(SPLIT, profile, run="r-1") as record:
        record.done({})
    (file,) = (tmp_path / "lake/_runs/records/r-1").glob("*.json")
    file.write_text("{}")

    with pytest.raises(ArtifactBroken, match=file.name):
        records_of("r-1", profile)
