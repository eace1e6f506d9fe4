"""The arithmetic of pods: Spark's own, with figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from featurestore.config.cluster import PriceSettings
from pipelines.sizes import DRIVER, EXECUTOR, PodSize, executor_counts, mebibytes, millis, plan_of, pod_size


def manifest(kind: str = "Python", conf: dict[str, str] | None = None, **pod: Any) -> dict[str, Any]:
    return {"spec": {"type": kind, "sparkConf": conf or {}, "driver": pod, "executor": pod}}


@pytest.mark.parametrize(
    ("given", "mib"),
    [
        (manifest(memory="4g"), 4096 + 1638),
        (manifest("Scala", memory="4g"), 4096 + 409),
        (manifest(memory="512m"), 512 + 384),
        (manifest(), 1024 + 409),
        (manifest(memory="4g", memoryOverhead="1g"), 5120),
        (manifest(conf={"spark.kubernetes.memoryOverheadFactor": "0.5"}, memory="4g"), 6144),
        (manifest(conf={"spark.executor.memoryOverheadFactor": "0.25"}, memory="4g"), 5120),
        (manifest(conf={"spark.executor.pyspark.memory": "1g"}, memory="4g"), 4096 + 1638 + 1024),
        (
            manifest(
                conf={"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "2g"}, memory="4g"
            ),
            4096 + 1638 + 2048,
        ),
        (manifest(conf={"spark.memory.offHeap.size": "2g"}, memory="4g"), 4096 + 1638),
    ],
)
def test_an_executor_is_as_big_as_spark_makes_it(given: dict[str, Any], mib: int) -> None:
    assert pod_size(given, EXECUTOR).memory_mib == mib


def test_what_only_executors_have_a_driver_has_not() -> None:
    given = manifest(conf={"spark.executor.pyspark.memory": "1g"}, memory="4g")

    assert pod_size(given, DRIVER).memory_mib == 4096 + 1638


@pytest.mark.parametrize(
    ("pod", "expected"), [({"cores": 4}, 4000), ({"cores": 4, "coreRequest": "500m"}, 500), ({}, 1000)]
)
def test_the_request_stands_before_the_cores(pod: dict[str, Any], expected: int) -> None:
    assert pod_size(manifest(**pod), DRIVER).cpu_millis == expected


@pytest.mark.parametrize(
    ("text", "mib"),
    [("1g", 1024), ("1G", 1024), ("512m", 512), ("512", 512), ("2048k", 2), ("1t", 1 << 20), ("2gb", 2048)],
)
def test_memory_is_read_as_java_writes_it(text: str, mib: int) -> None:
    assert mebibytes(text) == mib


@pytest.mark.parametrize("text", ["", "1.5g", "much", "-1g"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        mebibytes(text)


@pytest.mark.parametrize("text", ["", "half", "1.5g", "-1"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        millis(text)


def test_executors_are_fixed_or_between_two_numbers() -> None:
    fixed = {"spec": {"executor": {"instances": 3}}}
    moving = {"spec": {"dynamicAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 9}}}

    assert executor_counts(fixed) == (3, 3)
    assert executor_counts(moving) == (1, 9)


def test_a_plan_counts_all_pods_and_what_an_hour_costs() -> None:
    given = manifest(memory="1g", memoryOverhead="1g", cores=2)
    given["spec"]["executor"] = {**given["spec"]["executor"], "instances": 3}
    prices = PriceSettings(cpu_hour=0.1, memory_gib_hour=0.01, spot_share=0.5, currency="EUR")

    plan = plan_of(given, prices, spot=True)

    assert plan.total == PodSize(cpu_millis=8000, memory_mib=8192)
    assert plan.price_per_hour == pytest.approx(0.22 + 3 * 0.22 * 0.5)
    assert plan.currency == "EUR"


def test_a_plan_without_a_price_that_it_needs_has_none() -> None:
    gpu = manifest(gpu={"name": "nvidia.com/gpu", "quantity": 1})
    prices = PriceSettings(cpu_hour=0.1, memory_gib_hour=0.01)

    assert plan_of(manifest(), PriceSettings(), spot=False).price_per_hour is None
    assert plan_of(gpu, prices, spot=False).price_per_hour is None
    assert plan_of(manifest(), prices, spot=False).price_per_hour is not None
