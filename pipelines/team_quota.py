"""How much of a cluster a team may use: executors with their drivers, by Spark's arithmetic, as a quota has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from featurestore.errors import InvalidRequest, MissingSetting
from featurestore.step_requests import PlanRequest
from pipelines.sizes import DRIVER, EXECUTOR, PodSize, mebibytes, millis, pod_size
from pipelines.spark_application import spark_application

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.config.cluster import LimitSettings

_ENDED = 200
"""How many ended applications may lie about until their time is over: a day's jobs, not a loop that submits."""
_APPLICATIONS = "count/sparkapplications.sparkoperator.k8s.io"
_OF_AN_APPLICATION = {"count/services": 2, "count/configmaps": 4}
"""The driver's service and that of its UI; settings of both roles, of Hadoop, and the executors' template."""
_UNSTATED = PodSize(cpu_millis=100, memory_mib=512)
"""What a container gets that asks for nothing."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of a cluster a team may use at a time."""

    whole: PodSize
    executors: int
    executors_each: int
    """How many an application has at least."""

    @property
    def drivers(self) -> int:
        """As many as there can be applications, if each has as few executors as it may."""
        return drivers_of(self.executors, self.executors_each)

    @property
    def line(self) -> str:
        """For people."""
        return (
            f"{self.whole.line} for {self.executors + self.drivers} pods: {self.executors} executors, and a "
            f"driver for every {self.executors_each} of them, which is the least an application has."
        )


def share_of(profile: Profile, *, cpu: str | None, memory: str | None, executors: int | None) -> Share:
    """What is asked for, or what the profile's limits say, in pods of the profile's size.

    Raises `InvalidRequest` where they do not fit, and `MissingSetting` where nothing says how much there is.
    """
    whole, each = _whole(profile, cpu=cpu, memory=memory), profile.executors.instances
    manifest = spark_application(PlanRequest(), profile)
    driver, executor = pod_size(manifest, DRIVER), pod_size(manifest, EXECUTOR)

    def fit(count: int) -> bool:
        needed = executor.times(count).plus(driver.times(drivers_of(count, each)))
        return needed.cpu_millis <= whole.cpu_millis and needed.memory_mib <= whole.memory_mib

    upper = min(whole.cpu_millis // executor.cpu_millis, whole.memory_mib // executor.memory_mib)
    most = next((count for count in range(upper, each - 1, -1) if fit(count)), 0)
    if not most:
        least = executor.times(each).plus(driver)
        expected = f"at least {least.line}, for a driver and {each} executors of profile {profile.name}"
        raise InvalidRequest("--cpu, --memory", expected=expected, received=whole.line)
    if executors is not None and not each <= executors <= most:
        expected = (
            f"{each}, as an application of profile {profile.name} has, to {most}, as fit into {whole.line}"
        )
        raise InvalidRequest("--executors", expected=expected, received=executors)
    return Share(whole=whole, executors=executors or most, executors_each=each)


def drivers_of(executors: int, each: int) -> int:
    """How many drivers there can be beside so many executors, where an application has `each` at least."""
    return ceil(executors / each)


def hard_limits(share: Share, *, operator: bool) -> dict[str, str]:
    """What a ResourceQuota holds. Memory has one figure, because Spark requests as much as it limits."""
    applications = share.drivers + _ENDED
    counts = {_APPLICATIONS: applications} if operator else {}
    counts |= {kind: number * applications for kind, number in _OF_AN_APPLICATION.items()}
    return {
        "requests.cpu": _cpu(share.whole.cpu_millis),
        "requests.memory": _memory(share.whole.memory_mib),
        "limits.memory": _memory(share.whole.memory_mib),
        "pods": str(share.executors + share.drivers),
        **{kind: str(number) for kind, number in counts.items()},
    }


def container_limits(limits: LimitSettings) -> dict[str, dict[str, str]]:
    """The three mappings of a LimitRange; the greatest is empty where the nodes are not known."""
    most = {
        **({"cpu": _cpu(millis(limits.node_cpu))} if limits.node_cpu else {}),
        **({"memory": _memory(mebibytes(limits.node_memory))} if limits.node_memory else {}),
    }
    request = {"cpu": _cpu(_UNSTATED.cpu_millis), "memory": _memory(_UNSTATED.memory_mib)}
    limit = {name: most[name] for name in ("cpu",) if name in most}
    return {
        "container_default": {**limit, "memory": request["memory"]},
        "container_request": request,
        "container_max": most,
    }


def _whole(profile: Profile, *, cpu: str | None, memory: str | None) -> PodSize:
    limits = replace(
        profile.limits,
        quota_cpu=cpu or profile.limits.quota_cpu,
        quota_memory=memory or profile.limits.quota_memory,
    )
    for key, option in (("quota_cpu", "--cpu"), ("quota_memory", "--memory")):
        if getattr(limits, key) is None:
            raise MissingSetting(f"limits.{key}", tried=[option, f"profile {profile.name}"])
    return PodSize(cpu_millis=millis(str(limits.quota_cpu)), memory_mib=mebibytes(str(limits.quota_memory)))


def _cpu(thousandths: int) -> str:
    """As Kubernetes writes it back, so that a comparison with what is applied shows nothing."""
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def _memory(mib: int) -> str:
    return f"{mib}Mi" if mib % 1024 else f"{mib // 1024}Gi"
