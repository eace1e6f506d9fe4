"""The end of a run: nothing is left behind, and whoever is to be told is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.errors import NotificationFailed
from featurestore.step_requests import MeasureDriftRequest, PlanRequest
from pipelines.finish import end_jobs, tell_end
from pipelines.run_records import recorded
from tests.helpers.cluster_objects import application, driver, job, profile_in
from tests.helpers.scripted_api import APPLICATIONS, PODS, ScriptedApi
from tests.pipelines.test_notify import webhook

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile


def profile_of(folder: Path, **settings: Any) -> Profile:
    own = {f"notifications.{name}": value for name, value in settings.items()}
    places = {"storage.root_uri": str(folder), "pipelines.retries": 0}
    return load_profile("local", overrides={**places, **own}, variables={})


def drifting(profile: Profile) -> None:
    with recorded(MeasureDriftRequest(model="m", version=1), profile, run="r-1") as record:
        record.done({"drifted": ["a"]})


def test_only_occasions_that_the_profile_names_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as (url, posted):
        monkeypatch.setenv("FEATURESTORE_WEBHOOK_URL", url)
        quiet = profile_of(tmp_path, webhook=True, occasions=["failure"])
        eager = profile_of(tmp_path, webhook=True, occasions=["drift"])
        drifting(quiet)

        assert tell_end("r-1", "retrain", quiet, failed=False) == "drift,success: nobody told"
        assert tell_end("r-1", "retrain", eager, failed=False) == "drift,success: webhook told"

    (message,) = posted
    assert message["text"].startswith("Run r-1 of retrain found drift.")


def test_a_run_whose_tasks_never_began_failed(tmp_path: Path) -> None:
    assert tell_end("r-9", "ingest", profile_of(tmp_path), failed=True) == "failure: nobody told"


def test_a_message_that_nobody_takes_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_WEBHOOK_URL", "http://127.0.0.1:9/")

    with pytest.raises(NotificationFailed):
        tell_end("r-1", "ingest", profile_of(tmp_path, webhook=True), failed=True)


def test_jobs_that_still_run_are_ended_and_those_that_ended_are_kept(
    api: ScriptedApi, tmp_path: Path
) -> None:
    profile = profile_in(tmp_path)
    going, gone, other = job(profile), job(profile), job(profile, run="r2")
    gone["metadata"] = {**gone["metadata"], "name": "gone"}
    for manifest, state in ((going, "RUNNING"), (gone, "COMPLETED"), (other, "RUNNING")):
        api.put(APPLICATIONS, application(manifest, state))
    api.put(PODS, driver(going))

    assert end_jobs("r1", profile) == [going["metadata"]["name"]]
    assert set(api.things[APPLICATIONS]) == {"gone", other["metadata"]["name"]}
    assert api.things[PODS] == {}


def test_on_this_machine_there_is_nothing_to_end(tmp_path: Path) -> None:
    profile = profile_of(tmp_path)
    with recorded(PlanRequest(), profile, run="r-1") as record:
        record.done({})

    assert end_jobs("r-1", profile) == []
