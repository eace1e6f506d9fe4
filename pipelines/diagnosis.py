"""What is wrong with a job in a cluster, as a sentence and as what to do about it, from what the API server says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, ClusterUnreachable
from pipelines.cluster import quantity
from pipelines.job_state import container_state
from pipelines.sizes import EXECUTOR, pod_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipelines.job_state import Look

_KILLED = 137
"""128 and the number of SIGKILL: the kernel's answer to a container above its memory, among others."""
_TERMINATED = 143

_NO_IMAGE = ("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
_NO_CONTAINER = (
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "CrashLoopBackOff",
)
_EXECUTOR_KILLED = re.compile(r"exit(?:ed with exit)? code:? 137|OOMKilled", re.IGNORECASE)
_QUOTA = re.compile(r"exceeded quota: (?P<quota>.+?)(?:\.\s|\.?$)", re.MULTILINE)
_MORE_DRIVER = "Raise driver.memory_overhead, or driver.memory where Java needs it."
_MORE_EXECUTOR = "Raise executors.memory_overhead, or executors.memory where Java needs it."
_OTHER_NODES = "Run it again, with driver.node_selector on nodes that stay."
_ROOM = "Raise the quota, or use fewer or smaller executors."


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong, and what the user does next."""

    told: str
    move: str
    passing: bool = False
    """Whether the same, done again, may go well."""


def if_allowed(ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the API server tells; nothing where this account may not ask, or no answer comes."""
    try:
        return ask()
    except (ClusterRefused, ClusterUnreachable):
        return []


def hopeless(look: Look) -> Trouble | None:
    """What keeps a pod from ever starting, however long one waits."""
    for pod in (look.driver, *look.executors):
        waiting = container_state(pod, "waiting") or {}
        reason, message = waiting.get("reason"), waiting.get("message") or "no more was said"
        if reason in _NO_IMAGE:
            image = (pod or {})["spec"]["containers"][0]["image"]
            told = f"the image {image} cannot be had: {message}"
            return Trouble(told=told, move="Put it where the nodes can pull it, or correct image.name.")
        if reason in _NO_CONTAINER:
            told = f"the container of {pod_name(pod)} cannot be made: {message}"
            return Trouble(
                told=told, move="Create what the message names in the namespace, or correct the profile."
            )
    return None


def delay(look: Look, events: Iterable[dict[str, Any]]) -> str | None:
    """Why a job has not begun yet, in the cluster's own words."""
    for pod in (look.driver, *look.executors):
        for condition in (pod or {}).get("status", {}).get("conditions") or ():
            if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
                return f"no node takes {pod_name(pod)}: {condition.get('message', '')}"
    warnings = [one for one in events if one.get("type") == "Warning"]
    if warnings:
        return f"{warnings[-1].get('reason')}: {warnings[-1].get('message')}"
    return look.told


def full_quota(manifest: dict[str, Any], quotas: Iterable[dict[str, Any]]) -> Trouble | None:
    """The quota that has no room for one more executor of a manifest."""
    executor = pod_size(manifest, EXECUTOR)
    cpu, memory = quantity(f"{executor.cpu_millis}m"), quantity(f"{executor.memory_mib}Mi")
    needs = {
        "requests.cpu": cpu,
        "cpu": cpu,
        "requests.memory": memory,
        "memory": memory,
        "pods": quantity("1"),
    }
    for quota in quotas:
        status = quota.get("status", {})
        hard, used = status.get("hard") or {}, status.get("used") or {}
        for resource, need in needs.items():
            taken = used.get(resource, "0")
            if resource in hard and quantity(taken) + need > quantity(hard[resource]):
                told = (
                    f"the quota {quota['metadata']['name']} has no room for an executor of {executor.line}: "
                    f"{taken} of {hard[resource]} {resource} are used"
                )
                return Trouble(told=told, move=_ROOM)
    return None


def end_of_driver(pod: dict[str, Any] | None) -> Trouble | None:
    """What ended a driver from outside; nothing where it ended by itself, whatever its exit code."""
    if pod is None:
        return None
    status = pod.get("status", {})
    if status.get("reason") in {"Evicted", "NodeLost", "Shutdown", "Terminated"}:
        told = f"the driver was taken from its node ({status['reason']}): {status.get('message', '')}"
        return Trouble(told=told, move=_OTHER_NODES, passing=True)
    for condition in status.get("conditions") or ():
        if condition.get("type") == "DisruptionTarget" and condition.get("status") == "True":
            told = (
                f"the driver was taken from its node: {condition.get('message') or condition.get('reason')}"
            )
            return Trouble(told=told, move=_OTHER_NODES, passing=True)
    ended = container_state(pod, "terminated") or {}
    if ended.get("reason") == "OOMKilled" or ended.get("exitCode") == _KILLED:
        limit = _limit(pod)
        told = f"the driver was killed (137), as happens above its memory{f' of {limit}' if limit else ''}"
        return Trouble(told=told, move=_MORE_DRIVER)
    if ended.get("exitCode") == _TERMINATED:
        return Trouble(told="the driver was told to stop (143)", move="Run it again.")
    return None


def in_log(lines: Iterable[str]) -> Trouble | None:
    """What a driver's last lines say of its executors."""
    text = "\n".join(lines)
    if _EXECUTOR_KILLED.search(text):
        return Trouble(told="executors were killed (137), as happens above their memory", move=_MORE_EXECUTOR)
    quota = _QUOTA.search(text)
    if quota is not None:
        return Trouble(told=f"a quota refused pods: {quota['quota']}", move=_ROOM)
    return None


def pod_name(pod: dict[str, Any] | None) -> str:
    """A pod's name."""
    return str((pod or {}).get("metadata", {}).get("name", "the pod"))


def _limit(pod: dict[str, Any]) -> str | None:
    limits = pod["spec"]["containers"][0].get("resources", {}).get("limits") or {}
    found: str | None = limits.get("memory")
    return found
