"""What a profile says of a cluster: what fits is taken, and what cannot be is named."""

from __future__ import annotations

import pytest

from featurestore.config import load_profile
from featurestore.config.cluster import DriverSettings, ExecutorSettings, KubernetesSettings
from featurestore.errors import InvalidSetting


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("kubernetes.namespace", "Not_A_Name"),
        ("kubernetes.namespace", "a" * 64),
        ("kubernetes.queue_kind", "slurm"),
        ("image.pull_policy", "Sometimes"),
        ("image.hadoop", "three"),
        ("limits.quota_memory", "128 GB"),
        ("limits.node_cpu", "0.5"),
        ("prices.cpu_hour", -0.1),
        ("prices.cpu_hour", "free"),
        ("kubernetes.queue", "ml"),
        ("kubernetes.runner", "yarn"),
        ("kubernetes.retries", -1),
        ("kubernetes.start_seconds", 0),
        ("kubernetes.retry_seconds", 0),
        ("kubernetes.time_to_live_seconds", 59),
        ("kubernetes.prometheus", "yes"),
        ("kubernetes.labels", ["a"]),
        ("kubernetes.labels", {"a": 1}),
        ("driver.cores", 0),
        ("driver.memory", "2GB"),
        ("driver.core_limit", "0.5"),
        ("driver.gpus", -1),
        ("driver.tolerations", ["key=value"]),
        ("driver.tolerations", "key:NoSchedule"),
        ("driver.service_account", "Spark"),
        ("executors.memory_overhead", "a tenth"),
        ("executors.instances", 0),
        ("executors.max_instances", 1),
        ("executors.spot", 1),
        ("identity.secret", "s3cr3t/+="),
    ],
)
def test_a_value_that_cannot_be_is_named(setting: str, value: object) -> None:
    with pytest.raises(InvalidSetting) as raised:
        load_profile("kind", overrides={"executors.instances": 2, setting: value}, variables={})

    assert raised.value.key == setting


def test_a_queue_has_a_kind_and_a_name() -> None:
    assert KubernetesSettings(queue_kind="kueue", queue="ml").queue == "ml"
    with pytest.raises(InvalidSetting, match="both a kind of queue and its name"):
        KubernetesSettings(queue_kind="kueue")


def test_jobs_go_to_the_operator_of_the_current_context_unless_said_otherwise() -> None:
    given = {"kubernetes.runner": "native", "kubernetes.context": "arn:aws:eks:eu-west-1:1:cluster/growth"}
    plain = load_profile("kind", variables={}).kubernetes
    own = load_profile("kind", overrides=given, variables={}).kubernetes

    assert (plain.runner, plain.context, plain.start_seconds) == ("operator", None, 600)
    assert (own.runner, own.context) == tuple(given.values())


def test_a_pod_has_sizes_and_taints_as_kubernetes_writes_them() -> None:
    driver = DriverSettings(
        core_request="500m", memory="1500m", tolerations=("a=b:NoSchedule", "c:NoExecute")
    )

    assert (driver.core_request, driver.memory) == ("500m", "1500m")


def test_driver_and_executors_are_different_accounts() -> None:
    assert DriverSettings().service_account != ExecutorSettings().service_account


def test_lists_and_texts_by_name_come_from_yaml() -> None:
    profile = load_profile("gcp", variables={})

    assert profile.executors.tolerations == ("cloud.google.com/gke-spot=true:NoSchedule",)
    assert profile.driver.node_selector == {"iam.gke.io/gke-metadata-server-enabled": "true"}


def test_a_whole_number_is_a_price_too() -> None:
    overrides = {"prices.cpu_hour": 2}
    variables = {"FEATURESTORE__PRICES__GPU_HOUR": "1.5"}

    prices = load_profile("kind", overrides=overrides, variables=variables).prices

    assert (prices.cpu_hour, prices.gpu_hour) == (2.0, 1.5)
    assert type(prices.cpu_hour) is float


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_the_environment_says_true_and_false(text: str, value: bool) -> None:
    variables = {"FEATURESTORE__EXECUTORS__SPOT": text}

    assert load_profile("kind", variables=variables).executors.spot is value
