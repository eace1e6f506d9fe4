"""Verbs on Kubeflow Pipelines, through its own client, against a double of its API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, ClusterUnreachable, InvalidSetting, MissingSetting
from pipelines.kubeflow import Kubeflow
from pipelines.pipeline_source import pipeline_document

if TYPE_CHECKING:
    from featurestore.config import Profile
    from tests.helpers.kubeflow_api import KubeflowApi


def with_settings(profile: Profile, **settings: Any) -> Profile:
    return replace(profile, pipelines=replace(profile.pipelines, **settings))


@pytest.fixture
def documents() -> list[dict[str, Any]]:
    return [pipeline_document("ingest"), {"platforms": {"kubernetes": {}}}]


def test_a_run_is_started_in_the_namespace_as_the_account_with_the_token(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, documents: list[dict[str, Any]]
) -> None:
    run = Kubeflow(kubeflow_profile).submit(documents, "ingest 1", {"batch": True})

    started = kubeflow_api.things["runs"][run]
    (experiment,) = kubeflow_api.things["experiments"].values()
    assert (experiment["display_name"], experiment["namespace"]) == ("featurestore", "growth")
    assert started["experiment_id"] == experiment["experiment_id"]
    assert started["display_name"] == "ingest 1"
    assert started["service_account"] == "featurestore-launcher"
    assert started["runtime_config"]["parameters"] == {"batch": True}
    assert started["pipeline_spec"]["pipeline_spec"]["pipelineInfo"]["name"] == "ingest"
    assert kubeflow_api.tokens == {"Bearer invented"}


def test_a_service_for_one_user_has_no_namespaces(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, documents: list[dict[str, Any]]
) -> None:
    kubeflow_api.multi_user = False

    Kubeflow(kubeflow_profile).submit(documents, "ingest 1", {})

    (experiment,) = kubeflow_api.things["experiments"].values()
    assert not experiment.get("namespace")


def test_runs_are_listed_whole_and_newest_first(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, documents: list[dict[str, Any]]
) -> None:
    service = Kubeflow(kubeflow_profile)
    runs = [service.submit(documents, f"ingest {number}", {}) for number in range(5)]
    service.terminate(runs[0])
    for number, state in ((1, "SUCCEEDED"), (2, "FAILED")):
        kubeflow_api.things["runs"][runs[number]]["state"] = state

    found = service.runs()
    assert [one["run"] for one in found] == runs[::-1]
    assert [one["state"] for one in found[::-1]] == ["cancelled", "done", "failed", "running", "running"]
    assert service.run(runs[1])["pipeline"] == "ingest 1"


def test_a_version_is_uploaded_once(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, documents: list[dict[str, Any]]
) -> None:
    service = Kubeflow(kubeflow_profile)
    for version in ("1-a", "1-b", "1-b"):
        service.upload("ingest", version, documents)

    names = [one["display_name"] for one in kubeflow_api.things["versions"].values()]
    assert names == ["ingest", "1-a", "1-b"]
    assert service.has_version("ingest", "1-b")
    assert not service.has_version("ingest", "2-c")
    assert not service.has_version("features", "1-b")


def test_a_schedule_never_makes_up_for_what_it_missed(
    kubeflow_api: KubeflowApi, kubeflow_profile: Profile, documents: list[dict[str, Any]]
) -> None:
    service = Kubeflow(kubeflow_profile)
    service.add_schedule(documents, job_name="featurestore-a", cron_expression="0 0 3 * * *", params={})

    (kept,) = kubeflow_api.things["recurringruns"].values()
    assert (kept["no_catchup"], kept["mode"], kept["trigger"]["cron_schedule"]["cron"]) == (
        True,
        "ENABLE",
        "0 0 3 * * *",
    )
    (found,) = service.schedules()
    service.remove_schedule(found.recurring_run_id)
    assert service.schedules() == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, "no right"), ClusterRefused),
        ((401, "who"), ClusterRefused),
        ((503, "busy"), ClusterUnreachable),
    ],
)
def test_a_service_that_says_no_is_quoted(
    answer: tuple[int, str], error: type[Exception], kubeflow_api: KubeflowApi, kubeflow_profile: Profile
) -> None:
    service = Kubeflow(kubeflow_profile)
    assert service.runs() == []
    kubeflow_api.refusal = answer

    with pytest.raises(error, match=answer[1]):
        service.runs()
    with pytest.raises(error):
        Kubeflow(kubeflow_profile).runs()


def test_a_service_that_is_not_there_is_told_at_once(kubeflow_profile: Profile) -> None:
    with pytest.raises(ClusterUnreachable, match=r"http://127\.0\.0\.1:9"):
        Kubeflow(with_settings(kubeflow_profile, endpoint="http://127.0.0.1:9")).runs()


def test_what_the_profile_lacks_is_named(kubeflow_profile: Profile) -> None:
    with pytest.raises(MissingSetting, match=r"pipelines\.endpoint"):
        Kubeflow(with_settings(kubeflow_profile, endpoint=None)).runs()
    with pytest.raises(InvalidSetting, match=r"pipelines\.token_file"):
        Kubeflow(with_settings(kubeflow_profile, token_file="/nowhere/token")).runs()


def test_what_the_client_prints_is_not_the_answer(
    kubeflow_profile: Profile, documents: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    Kubeflow(kubeflow_profile).submit(documents, "ingest 1", {})

    assert capsys.readouterr().out == ""
