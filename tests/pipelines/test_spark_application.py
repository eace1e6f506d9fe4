"""A request and a profile as a SparkApplication: each setting at its place, and the schema holds."""

from __future__ import annotations

from typing import Any

import pytest

from featurestore import __version__
from featurestore.config import Profile, load_profile
from featurestore.errors import MissingSetting
from featurestore.step_requests import ComputeFeaturesRequest, PlanRequest, TrainRequest
from pipelines.spark_application import (
    INSTANCE,
    PART_OF,
    RUN,
    SPEC_DIGEST,
    spark_application,
    spec_digest,
    to_yaml,
)
from tests.helpers.crds import problems
from tests.helpers.profiles import CLUSTERS

REQUEST = ComputeFeaturesRequest(view="user_activity")
ROLES = ("driver", "executor")


def profile_with(name: str = "kind", **settings: object) -> Profile:
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    return load_profile(name, overrides=overrides, variables={})


def spec_of(name: str = "kind", **settings: object) -> Any:
    return spark_application(REQUEST, profile_with(name, **settings))["spec"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_profile_gives_a_manifest_that_the_schema_takes(name: str) -> None:
    assert problems(spark_application(REQUEST, profile_with(name), run="1")) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"kubernetes__queue_kind": "kueue", "kubernetes__queue": "team"},
        {"kubernetes__queue_kind": "volcano", "kubernetes__queue": "team"},
        {"image__pull_secret": "registry", "image__pull_policy": "Always"},
        {"driver__gpus": 1, "executors__gpus": 2, "executors__gpu_resource": "amd.com/gpu"},
        {"driver__core_limit": "2", "executors__memory_overhead": "500m", "executors__max_instances": 9},
        {"driver__tolerations": ["a=b:NoSchedule", "c:NoExecute"], "kubernetes__prometheus": False},
    ],
    ids=",".join,
)
def test_every_setting_is_one_that_the_schema_takes(settings: dict[str, Any]) -> None:
    assert problems(spark_application(REQUEST, profile_with(**settings), retries=0)) == []


def test_a_manifest_runs_the_step_with_the_request() -> None:
    spec = spec_of()

    assert (spec["type"], spec["pythonVersion"], spec["mode"], spec["sparkVersion"]) == (
        "Python",
        "3",
        "cluster",
        "3.5.7",
    )
    assert spec["mainApplicationFile"] == "local:///opt/featurestore/sparkjobs/compute_features.py"
    assert spec["arguments"] == REQUEST.to_argv()


def test_a_failed_job_is_started_again_three_times_after_ten_seconds() -> None:
    assert spec_of()["restartPolicy"] == {
        "type": "OnFailure",
        "onFailureRetries": 3,
        "onFailureRetryInterval": 10,
        "onSubmissionFailureRetries": 3,
        "onSubmissionFailureRetryInterval": 10,
    }


def test_who_else_starts_it_again_is_the_only_one_who_does() -> None:
    manifest = spark_application(REQUEST, profile_with(), retries=0)

    assert manifest["spec"]["restartPolicy"] == {"type": "Never"}


def test_both_roles_have_the_profile_in_their_environment() -> None:
    spec = spec_of("aws", storage__root_uri="s3a://mine/lake")

    for role in ROLES:
        variables = {one["name"]: one["value"] for one in spec[role]["env"]}
        assert (
            load_profile("local", variables=variables).storage
            == profile_with("aws", storage__root_uri="s3a://mine/lake").storage
        )
        assert load_profile("local", variables=variables).name == "aws"


def test_no_variable_is_a_credential() -> None:
    named = {one["name"] for name in CLUSTERS for role in ROLES for one in spec_of(name)[role]["env"]}

    assert all(name.startswith("FEATURESTORE__") for name in named)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", CLUSTERS)
def test_pods_meet_the_restricted_standard(name: str, role: str) -> None:
    context = spec_of(name)[role]["securityContext"]

    assert context == {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "runAsUser": 185,
        "runAsGroup": 185,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_a_number_of_executors_or_bounds_of_it() -> None:
    fixed = spec_of(executors__instances=3)
    moving = spec_of(executors__instances=3, executors__max_instances=8)

    assert fixed["executor"]["instances"] == 3
    assert "dynamicAllocation" not in fixed
    assert "instances" not in moving["executor"]
    bounds = moving["dynamicAllocation"]
    assert (bounds["enabled"], bounds["minExecutors"], bounds["maxExecutors"]) == (True, 3, 8)
    assert bounds["shuffleTrackingEnabled"] is True


def test_executors_on_nodes_that_may_go_hand_their_data_on() -> None:
    conf = spec_of("aws")["sparkConf"]
    steady = spec_of("aws", executors__spot=False)["sparkConf"]

    assert conf["spark.decommission.enabled"] == "true"
    assert conf["spark.storage.decommission.fallbackStorage.path"].startswith("s3a://featurestore-lake/")
    assert not [name for name in steady if "decommission" in name]


def test_the_driver_does_not_go_where_nodes_may_go() -> None:
    for name in ("aws", "azure", "gcp"):
        spec = spec_of(name)
        assert spec["driver"]["nodeSelector"] != spec["executor"]["nodeSelector"]
        assert "tolerations" not in spec["driver"]


@pytest.mark.parametrize(
    ("taint", "toleration"),
    [
        ("a.b/c=d:NoSchedule", {"key": "a.b/c", "operator": "Equal", "value": "d", "effect": "NoSchedule"}),
        ("spot:NoExecute", {"key": "spot", "operator": "Exists", "effect": "NoExecute"}),
    ],
)
def test_a_taint_is_tolerated(taint: str, toleration: dict[str, str]) -> None:
    assert spec_of(executors__tolerations=[taint])["executor"]["tolerations"] == [toleration]


def test_gpus_are_asked_for_by_role() -> None:
    spec = spec_of(executors__gpus=2)

    assert spec["executor"]["gpu"] == {"name": "nvidia.com/gpu", "quantity": 2}
    assert "gpu" not in spec["driver"]


def test_kueue_admits_a_job_that_waits() -> None:
    manifest = spark_application(
        REQUEST, profile_with(kubernetes__queue_kind="kueue", kubernetes__queue="ml")
    )

    assert manifest["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "ml"
    assert manifest["spec"]["suspend"] is True
    assert "batchScheduler" not in manifest["spec"]


@pytest.mark.parametrize("kind", ["volcano", "yunikorn"])
def test_a_batch_scheduler_has_its_queue(kind: str) -> None:
    spec = spec_of(kubernetes__queue_kind=kind, kubernetes__queue="ml")

    assert (spec["batchScheduler"], spec["batchSchedulerOptions"]) == (kind, {"queue": "ml"})
    assert "suspend" not in spec


def test_metrics_are_shown_unless_nobody_wants_them() -> None:
    shown, hidden = spec_of(), spec_of(kubernetes__prometheus=False)

    assert shown["driver"]["annotations"]["prometheus.io/scrape"] == "true"
    assert shown["sparkConf"]["spark.ui.prometheus.enabled"] == "true"
    assert "prometheus.io/scrape" not in hidden["driver"]["annotations"]


def test_an_event_log_is_kept_where_the_profile_says() -> None:
    assert spec_of()["sparkConf"]["spark.eventLog.dir"] == "s3a://featurestore-lake/spark-events"
    assert "spark.eventLog.enabled" not in spec_of(kubernetes__event_log_uri=None)["sparkConf"]


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("aws", "spark.hadoop.fs.s3a.aws.credentials.provider", "WebIdentityTokenFileCredentialsProvider"),
        ("onprem", "spark.hadoop.fs.s3a.aws.credentials.provider", "EnvironmentVariableCredentialsProvider"),
        ("gcp", "spark.hadoop.fs.gs.auth.type", "COMPUTE_ENGINE"),
        ("azure", "spark.hadoop.fs.azure.account.oauth.provider.type", "WorkloadIdentityTokenProvider"),
    ],
)
def test_a_pod_is_known_to_the_lake_as_the_profile_says(name: str, setting: str, value: str) -> None:
    assert spec_of(name)["sparkConf"][setting].endswith(value)


def test_what_a_cloud_asks_of_pods_both_roles_have() -> None:
    spec = spec_of("azure")

    assert {spec[role]["labels"]["azure.workload.identity/use"] for role in ROLES} == {"true"}
    assert all(
        spec_of("onprem")[role]["envFrom"] == [{"secretRef": {"name": "featurestore-lake"}}] for role in ROLES
    )


def test_labels_say_whose_it_is_and_what_it_does() -> None:
    profile = profile_with(kubernetes__team="growth", kubernetes__labels={"cost-centre": "42"})
    manifest = spark_application(REQUEST, profile, run="2024-06-01T10:00 a/b")

    for labels in (manifest["metadata"]["labels"], *(manifest["spec"][role]["labels"] for role in ROLES)):
        assert labels == {
            **PART_OF,
            INSTANCE: manifest["metadata"]["name"],
            "app.kubernetes.io/version": __version__,
            "cost-centre": "42",
            "featurestore/profile": "kind",
            RUN: "2024-06-01T10-00-a-b",
            "featurestore/step": "compute_features",
            "featurestore/subject": "user_activity",
            "featurestore/team": "growth",
        }


def test_a_run_has_one_name_however_often_it_is_submitted() -> None:
    def name(run: str | None, view: str = "user_activity") -> str:
        request = ComputeFeaturesRequest(view=view)
        found: str = spark_application(request, profile_with(), run=run)["metadata"]["name"]
        return found

    assert name(None) == "compute-features-user-activity"
    assert name("1") == name("1")
    assert len({name(None), name("1"), name("2"), name("1", "other")}) == 4


def test_a_run_states_the_digest_of_what_it_asks_for() -> None:
    one, same, other = (
        spark_application(REQUEST, profile_with(driver__memory=memory), run="1")
        for memory in ("1g", "1g", "2g")
    )

    assert one["metadata"]["annotations"][SPEC_DIGEST] == spec_digest(one) == spec_digest(same)
    assert spec_digest(one) != spec_digest(other)
    assert "annotations" not in spark_application(REQUEST, profile_with())["metadata"]


def test_an_image_is_the_one_asked_for_the_profiles_or_our_own() -> None:
    mine = profile_with(image__name="mine:1")

    assert spec_of()["image"] == f"featurestore-spark:{__version__}"
    assert spark_application(REQUEST, mine)["spec"]["image"] == "mine:1"
    assert spark_application(REQUEST, mine, image="mine@sha256:0")["spec"]["image"] == "mine@sha256:0"


def test_a_profile_without_a_cluster_gives_no_manifest() -> None:
    with pytest.raises(MissingSetting, match=r"kubernetes\.namespace"):
        spark_application(PlanRequest(), profile_with("local"))


def test_a_document_reads_back_as_the_manifest() -> None:
    import yaml

    request = TrainRequest(training_set="march", model="churn", spec='{"settings": {"maxIter": 5}}')
    manifest = spark_application(request, profile_with("gcp"))

    assert yaml.safe_load(to_yaml(manifest)) == manifest
