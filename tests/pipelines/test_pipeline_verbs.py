"""What can be done with pipelines and runs: here with light ones, and on a double of Kubeflow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from featurestore.config import load_profile
from featurestore.errors import ArtifactNotFound, InvalidRequest, MissingSetting, PipelineFailed
from featurestore.step_requests import PinInputRequest, PlanRequest
from pipelines import pipeline_verbs as verbs
from pipelines.pipeline_source import pipeline_document
from pipelines.run_records import recorded
from pipelines.runs import HERE, KUBEFLOW
from tests.helpers.cluster_objects import application, job
from tests.helpers.scripted_api import APPLICATIONS, ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from tests.helpers.kubeflow_api import KubeflowApi

PIN = "tests.helpers.pipelines:pin"


@pytest.fixture
def here(tmp_path: Path) -> Profile:
    (tmp_path / "a.jsonl").write_text("{}\n")
    places = {"storage.root_uri": str(tmp_path / "lake"), "state_directory": str(tmp_path / "state")}
    return load_profile("local", overrides=places, variables={})


def test_a_run_here_is_listed_and_shown(here: Profile, tmp_path: Path) -> None:
    found = verbs.start(PIN, [f"path={tmp_path}/*.jsonl"], here, where=HERE)

    (listed,) = verbs.listed(here)
    assert (listed["run"], listed["pipeline"], listed["state"]) == (found["run"], PIN, "done")
    assert verbs.status(found["run"], here) == found


def test_a_run_that_failed_goes_on_with_what_it_read(here: Profile, tmp_path: Path) -> None:
    with pytest.raises(PipelineFailed) as raised:
        verbs.start(PIN, [f"path={tmp_path}/none.jsonl"], here, where=HERE)
    (tmp_path / "none.jsonl").write_text("{}\n")

    again = verbs.resume(raised.value.run, here)

    assert (again["state"], again["run"] != raised.value.run) == ("done", True)
    with pytest.raises(ArtifactNotFound):
        verbs.resume("nothing", here)


def test_on_kubeflow_a_run_is_started_for_the_place_and_gone_on_with_by_its_pins(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile
) -> None:
    found = verbs.start("clickstream", ["path=events", "model=m"], kubeflow_profile, where=KUBEFLOW)
    with recorded(PinInputRequest(source="clickstream"), kubeflow_profile, run=found["run"]) as record:
        record.done({"pinned": "files@1"})
    again = verbs.resume(found["run"], kubeflow_profile)

    first, second = (kubeflow_api.things["runs"][one["run"]] for one in (found, again))
    assert first["runtime_config"]["parameters"] == {"path": "events", "model": "m"}
    assert second["runtime_config"]["parameters"] == {"path": "", "model": "m", "pinned": "files@1"}
    executors = first["pipeline_spec"]["pipeline_spec"]["deploymentSpec"]["executors"]
    names = {one["name"] for one in executors["exec-train"]["container"]["env"]}
    assert "FEATURESTORE__KUBERNETES__NAMESPACE" in names
    assert verbs.listed(kubeflow_profile)[0]["run"] == again["run"]


def test_without_reuse_every_task_is_told_so(kubeflow_api: KubeflowApi, kubeflow_profile: Profile) -> None:
    found = verbs.start("ingest", [], kubeflow_profile, where=KUBEFLOW, reuse=False)

    spec = kubeflow_api.things["runs"][found["run"]]["pipeline_spec"]["pipeline_spec"]
    for executor in spec["deploymentSpec"]["executors"].values():
        variables = {one["name"]: one.get("value", "") for one in executor["container"]["env"]}
        assert variables["FEATURESTORE__PIPELINES__REUSE"] == "false"


def test_cancelling_ends_the_run_and_its_jobs(
    api: ScriptedApi, kubeflow_api: KubeflowApi, kubeflow_profile: Profile
) -> None:
    run = verbs.start("ingest", [], kubeflow_profile, where=KUBEFLOW)["run"]
    manifest = job(kubeflow_profile, run=run)
    api.put(APPLICATIONS, application(manifest, "RUNNING"))

    assert verbs.cancel(run, kubeflow_profile)["jobs"] == [manifest["metadata"]["name"]]
    assert kubeflow_api.things["runs"][run]["state"] == "CANCELED"
    assert api.things[APPLICATIONS] == {}


def test_what_a_schedule_started_is_shown_by_its_tasks(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile
) -> None:
    kubeflow_api.things["runs"]["by-schedule"] = {"run_id": "by-schedule", "state": "FAILED"}
    with recorded(PlanRequest(), kubeflow_profile, run="by-schedule") as record:
        record.done({})

    assert verbs.status("by-schedule", kubeflow_profile)["state"] == "failed"


def domains(profile: Profile, folder: Path) -> Profile:
    """One that knows two domains, each with a lake of its own."""
    named = {}
    for name in ("staging", "prod"):
        settings = {
            "project": profile.project,
            "state_directory": str(folder / "state"),
            "storage": {"root_uri": str(folder / name)},
            "kubernetes": {"namespace": "growth"},
            "image": {"pin": False},
            "pipelines": {"endpoint": profile.pipelines.endpoint},
        }
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings))
        named[name] = str(folder / f"{name}.yaml")
    return replace(profile, pipelines=replace(profile.pipelines, domains=named))


def test_a_version_goes_from_domain_to_domain_and_back(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, tmp_path: Path
) -> None:
    profile = domains(kubeflow_profile, tmp_path)
    staging, prod = (load_profile(profile.pipelines.domains[name]) for name in ("staging", "prod"))
    first = verbs.register("ingest", staging)
    promoted = verbs.promote("ingest", profile, source="staging", target="prod")

    assert (promoted["version"], promoted["domain"]) == (first["version"], "prod")
    assert kubeflow_api.things["pipelines"]
    uploaded = [one["display_name"] for one in kubeflow_api.things["versions"].values()]
    assert first["version"] in uploaded
    found = verbs.start("ingest", [], prod, where=KUBEFLOW, active=True)
    assert kubeflow_api.things["runs"][found["run"]]["state"] == "RUNNING"
    with pytest.raises(InvalidRequest, match="active before"):
        verbs.roll_back("ingest", profile, in_domain="prod")
    with pytest.raises(InvalidRequest, match="staging, prod"):
        verbs.promote("ingest", profile, source="staging", target="moon")
    with pytest.raises(ArtifactNotFound):
        verbs.promote("retrain", profile, source="staging", target="prod")


def test_rolling_back_gives_the_version_before(kubeflow_profile: Profile, tmp_path: Path) -> None:
    profile = domains(kubeflow_profile, tmp_path)
    staging = load_profile(profile.pipelines.domains["staging"])
    (tmp_path / "ingest.yaml").write_text(yaml.safe_dump(_another("ingest")))
    one = verbs.register("ingest", staging)["version"]
    two = verbs.register(str(tmp_path / "ingest.yaml"), staging)

    assert (two["version"] != one, two["active_before"]) == (True, [one])
    back = verbs.roll_back("ingest", profile, in_domain="staging")
    assert back == {"pipeline": "ingest", "version": one, "active_before": []}


def _another(name: str) -> dict[str, Any]:
    document = pipeline_document(name)
    document["pipelineInfo"]["description"] = "another"
    return document


def test_a_profile_without_a_namespace_has_no_place_in_a_cluster(here: Profile) -> None:
    with pytest.raises(MissingSetting, match=r"kubernetes\.namespace"):
        verbs.placed(pipeline_document("ingest"), here)
    with pytest.raises(MissingSetting):
        verbs.start("ingest", [], here, where=KUBEFLOW)
