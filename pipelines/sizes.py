"""How big the pods of a SparkApplication are and what they cost, by Spark's own arithmetic, before any is made.

Source: `BasicDriverFeatureStep` and `BasicExecutorFeatureStep` of Spark 3.5: a pod's memory is the heap plus its
overhead, which is what is stated, else a part of the heap (four tenths for Python) and 384 MiB at least.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featurestore.config.cluster import PriceSettings

DRIVER, EXECUTOR = "driver", "executor"
_LEAST_OVERHEAD_MIB = 384
_FACTOR = {"Java": 0.1, "Scala": 0.1, "Python": 0.4, "R": 0.4}
_MIB = {"b": 1 / 1024**2, "k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}
_MEMORY = re.compile(r"([0-9]+)([bkmgt])?b?", re.IGNORECASE)
_CPU = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m)?")
_CONF_OF = {DRIVER: "spark.driver", EXECUTOR: "spark.executor"}


@dataclass(frozen=True, kw_only=True)
class PodSize:
    """What one pod reserves."""

    cpu_millis: int
    memory_mib: int
    gpus: int = 0

    @property
    def line(self) -> str:
        """For people: processors and GiB."""
        gpus = f", {self.gpus} GPU" if self.gpus else ""
        return f"{self.cpu_millis / 1000:g} CPU, {self.memory_mib / 1024:.1f} GiB{gpus}"

    def times(self, count: int) -> PodSize:
        """As much as so many of them."""
        return PodSize(
            cpu_millis=self.cpu_millis * count, memory_mib=self.memory_mib * count, gpus=self.gpus * count
        )

    def plus(self, other: PodSize) -> PodSize:
        """Both together."""
        return PodSize(
            cpu_millis=self.cpu_millis + other.cpu_millis,
            memory_mib=self.memory_mib + other.memory_mib,
            gpus=self.gpus + other.gpus,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The pods of an application, at most; `price_per_hour` is absent where a price that it needs is."""

    driver: PodSize
    executor: PodSize
    least_executors: int
    most_executors: int
    total: PodSize
    price_per_hour: float | None
    currency: str

    @property
    def line(self) -> str:
        """All of it for people."""
        least, most = self.least_executors, self.most_executors
        count = str(most) if least == most else f"{least} to {most}"
        price = (
            "no price"
            if self.price_per_hour is None
            else f"{self.price_per_hour:.2f} {self.currency} an hour"
        )
        pods = f"driver {self.driver.line}; {count} executors of {self.executor.line}"
        return f"{pods}; in all {self.total.line}, {price}"


def plan_of(manifest: dict[str, Any], prices: PriceSettings, *, spot: bool) -> Plan:
    """What an application reserves with all executors that it may have, and what an hour of that costs."""
    driver, executor = pod_size(manifest, DRIVER), pod_size(manifest, EXECUTOR)
    least, most = executor_counts(manifest)
    at_most = executor.times(most)
    share = prices.spot_share if spot else 1.0
    costs = [_price(driver, prices), _price(at_most, prices)]
    price = None if None in costs else (costs[0] or 0.0) + (costs[1] or 0.0) * share
    return Plan(
        driver=driver,
        executor=executor,
        least_executors=least,
        most_executors=most,
        total=driver.plus(at_most),
        price_per_hour=price,
        currency=prices.currency,
    )


def pod_size(manifest: dict[str, Any], role: str) -> PodSize:
    """What the pod of a role requests; raises `ValueError` for a size that is none."""
    spec = manifest["spec"]
    pod, conf = spec.get(role, {}), spec.get("sparkConf", {})
    heap = mebibytes(str(pod.get("memory") or conf.get(f"{_CONF_OF[role]}.memory") or "1g"))
    memory = heap + _overhead(spec, role, heap)
    if role == EXECUTOR:
        memory += mebibytes(conf.get("spark.executor.pyspark.memory", "0"))
        if conf.get("spark.memory.offHeap.enabled") == "true":
            memory += mebibytes(conf.get("spark.memory.offHeap.size", "0"), unit="b")
    cpu = str(pod.get("coreRequest") or pod.get("cores") or 1)
    return PodSize(
        cpu_millis=millis(cpu), memory_mib=int(memory), gpus=int(pod.get("gpu", {}).get("quantity", 0))
    )


def executor_counts(manifest: dict[str, Any]) -> tuple[int, int]:
    """How many executors there are at least and at most."""
    dynamic = manifest["spec"].get("dynamicAllocation", {})
    instances = int(manifest["spec"].get(EXECUTOR, {}).get("instances", 1))
    if not dynamic.get("enabled"):
        return instances, instances
    least = int(dynamic.get("minExecutors", 0))
    return least, int(dynamic.get("maxExecutors", max(least, instances)))


def mebibytes(text: str, *, unit: str = "m") -> int:
    """The whole MiB in a size as Java writes it; a number alone counts in `unit`."""
    found = _MEMORY.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return int(int(found[1]) * _MIB[(found[2] or unit).lower()])


def millis(text: str) -> int:
    """Thousandths of a processor in a quantity as Kubernetes writes it."""
    found = _CPU.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return round(float(found[1]) * (1 if found[2] else 1000))


def _overhead(spec: dict[str, Any], role: str, heap: int) -> int:
    conf = spec.get("sparkConf", {})
    stated = spec.get(role, {}).get("memoryOverhead") or conf.get(f"{_CONF_OF[role]}.memoryOverhead")
    if stated:
        return mebibytes(str(stated))
    places = (
        conf.get(f"{_CONF_OF[role]}.memoryOverheadFactor"),
        conf.get("spark.kubernetes.memoryOverheadFactor"),
        spec.get("memoryOverheadFactor"),
        _FACTOR.get(spec.get("type", ""), 0.1),
    )
    factor = float(next(place for place in places if place is not None))
    return max(int(factor * heap), _LEAST_OVERHEAD_MIB)


def _price(size: PodSize, prices: PriceSettings) -> float | None:
    parts = (
        (size.cpu_millis / 1000, prices.cpu_hour),
        (size.memory_mib / 1024, prices.memory_gib_hour),
        (size.gpus, prices.gpu_hour),
    )
    needed = [(amount, price) for amount, price in parts if amount]
    if any(price is None for _, price in needed):
        return None
    return sum(amount * price for amount, price in needed if price is not None)
