"""A compiled pipeline put into a place: what its tasks get there, and that nothing else of it changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from google.protobuf import json_format  # type: ignore[import-untyped]
from kfp.pipeline_spec import pipeline_spec_pb2  # type: ignore[import-untyped]

from featurestore.config import load_profile
from pipelines.attempts import KUBEFLOW_RETRIES
from pipelines.components import LAUNCHER
from pipelines.pipeline_source import pipeline_document
from pipelines.placed import RUN_PLACEHOLDER, placed_here, placed_in_cluster, to_text

SETTINGS: dict[str, Any] = {
    "notifications.secret": "told-by",
    "pipelines.secrets": ["extra/KEY"],
    "pipelines.node_selector": {"pool": "light"},
    "pipelines.tolerations": ["a=b:NoSchedule", "c:NoExecute"],
    "pipelines.memory": "512m",
    "pipelines.image": "registry.example.com/launcher@sha256:" + "0" * 64,
    "image.pull_secret": "registry",
    "pipelines.timeout_minutes": 10,
}


def placed(name: str = "kind", **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    profile = load_profile(name, overrides={**SETTINGS, **settings}, variables={})
    pipeline, platform = placed_in_cluster(pipeline_document("clickstream"), profile)
    return pipeline, platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


def test_here_a_run_has_the_name_that_it_was_given() -> None:
    document = pipeline_document("clickstream")
    before = copy.deepcopy(document)

    text = to_text([placed_here(document, run="r-1")])

    assert document == before
    assert RUN_PLACEHOLDER in to_text([document])
    assert RUN_PLACEHOLDER not in text
    assert LAUNCHER not in text


def test_every_task_has_the_profile_and_nothing_is_left_to_chance() -> None:
    pipeline, _ = placed()

    for executor in pipeline["deploymentSpec"]["executors"].values():
        container = executor["container"]
        variables = {one["name"]: one.get("value", "") for one in container["env"]}
        assert variables["FEATURESTORE_PROFILE"] == "local"
        loaded = load_profile(variables=variables)
        assert (loaded.name, loaded.kubernetes.namespace) == ("kind", "featurestore")
        assert loaded.executors == load_profile("kind", variables={}).executors
        assert container["image"] == SETTINGS["pipelines.image"]
        resources = container["resources"]
        assert (resources["resourceCpuRequest"], resources["resourceMemoryRequest"]) == ("250m", "512Mi")


def test_a_component_with_an_image_of_its_own_stays_as_it_is_and_a_launcher_of_any_version_is_ours() -> None:
    document = pipeline_document("ingest")
    executors = document["deploymentSpec"]["executors"]
    executors["exec-hudi-writer"]["container"] |= {"image": "mine:1", "resources": {"memoryLimit": 16.0}}
    executors["exec-validate-schema"]["container"]["image"] = (
        "registry.example.com/featurestore-launcher:0.0.9"
    )
    foreign = copy.deepcopy(executors["exec-hudi-writer"])

    pipeline, _ = placed_in_cluster(document, load_profile("kind", overrides=SETTINGS, variables={}))

    images = {
        name: one["container"]["image"] for name, one in pipeline["deploymentSpec"]["executors"].items()
    }
    assert pipeline["deploymentSpec"]["executors"]["exec-hudi-writer"] == foreign
    assert "retryPolicy" not in pipeline["root"]["dag"]["tasks"]["hudi-writer"]
    assert images["exec-validate-schema"] == SETTINGS["pipelines.image"]
    assert images["exec-kafka-streamer"] == SETTINGS["pipelines.image"]


def test_pods_go_where_the_profile_says() -> None:
    _, pods = placed()

    for pod in pods.values():
        assert pod["nodeSelector"]["labels"] == {"pool": "light"}
        assert [(one["key"], one["operator"], one["effect"]) for one in pod["tolerations"]] == [
            ("a", "Equal", "NoSchedule"),
            ("c", "Exists", "NoExecute"),
        ]
        assert pod["imagePullSecret"][0]["secretName"] == "registry"
        assert pod["activeDeadlineSeconds"] == str(15 * 60)
        assert pod["podMetadata"]["labels"]["app.kubernetes.io/part-of"] == "featurestore"


def keys(pod: dict[str, Any]) -> dict[str, list[str]]:
    return {one["secretName"]: [key["secretKey"] for key in one["keyToEnv"]] for one in pod["secretAsEnv"]}


def test_secrets_come_by_name_and_those_of_notifications_to_the_notifier_alone() -> None:
    pipeline, pods = placed()

    lake = {"featurestore-lake": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "extra": ["KEY"]}
    for name, pod in pods.items():
        told_by = {
            "told-by": ["FEATURESTORE_WEBHOOK_URL", "FEATURESTORE_SMTP_USER", "FEATURESTORE_SMTP_PASSWORD"]
        }
        assert keys(pod) == ({**lake, **told_by} if name == "exec-notify" else lake)
    assert "AWS_SECRET_ACCESS_KEY" not in yaml.safe_dump(pipeline)


def test_an_identity_whose_pods_have_labels_has_them_here_too() -> None:
    _, pods = placed("azure")

    assert all(pod["podMetadata"]["labels"]["azure.workload.identity/use"] == "true" for pod in pods.values())


def test_a_lost_pod_is_started_anew_by_kubeflow_and_a_pipeline_within_is_not_doubled() -> None:
    pipeline, _ = placed()

    for component in pipeline["components"].values():
        for task in component.get("dag", {}).get("tasks", {}).values():
            leaf = "executorLabel" in pipeline["components"][task["componentRef"]["name"]]
            assert ("retryPolicy" in task) is leaf
            if leaf:
                assert task["retryPolicy"]["maxRetryCount"] == KUBEFLOW_RETRIES


@pytest.mark.parametrize("profile", ["kind", "onprem", "aws", "gcp", "azure"])
@pytest.mark.parametrize("name", ["clickstream", "retrain", "per-region"])
def test_kubeflows_own_specification_takes_it(name: str, profile: str) -> None:
    documents = placed_in_cluster(pipeline_document(name), load_profile(profile, variables={}))
    text = to_text(documents)
    read = list(yaml.safe_load_all(text))

    json_format.ParseDict(read[0], pipeline_spec_pb2.PipelineSpec())
    json_format.ParseDict(read[1], pipeline_spec_pb2.PlatformSpec())
    assert "&id" not in text
