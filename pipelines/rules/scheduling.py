"""Rules of scheduling: what cannot be admitted, and what waits for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.rules.base import Application, Level, Rule
from pipelines.sizes import DRIVER, EXECUTOR, executor_counts, mebibytes, millis, pod_size

if TYPE_CHECKING:
    from collections.abc import Iterable

QUEUE = "kueue.x-k8s.io/queue-name"
_DYNAMIC = "spark.dynamicAllocation."
_TYPED = {"enabled", "initialExecutors", "minExecutors", "maxExecutors"}
_SCHEDULERS = {"volcano", "yunikorn"}


def _kueue(application: Application) -> bool:
    return QUEUE in (application.metadata.get("labels") or {})


def _dynamic(application: Application) -> bool:
    return bool((application.spec.get("dynamicAllocation") or {}).get("enabled"))


def _queue_and_dynamic(application: Application) -> Iterable[tuple[str, object]]:
    if _kueue(application) and _dynamic(application):
        yield "spec.dynamicAllocation", "enabled, in a queue of Kueue"


def _queue_mode(application: Application) -> Iterable[tuple[str, object]]:
    if _kueue(application):
        if application.spec.get("mode") != "cluster":
            yield "spec.mode", application.spec.get("mode")
        if application.spec.get("suspend") is not True:
            yield "spec.suspend", application.spec.get("suspend")


def _scheduler(application: Application) -> Iterable[tuple[str, object]]:
    scheduler = application.spec.get("batchScheduler")
    if scheduler is not None and scheduler not in _SCHEDULERS:
        yield "spec.batchScheduler", scheduler


def _unbounded(application: Application) -> Iterable[tuple[str, object]]:
    if _dynamic(application) and not application.spec["dynamicAllocation"].get("maxExecutors"):
        yield "spec.dynamicAllocation.maxExecutors", None


def _dynamic_conf(application: Application) -> Iterable[tuple[str, object]]:
    for name in _TYPED:
        if _DYNAMIC + name in application.conf:
            yield f"spec.sparkConf.{_DYNAMIC}{name}", application.conf[_DYNAMIC + name]


def _tracked(application: Application) -> Iterable[tuple[str, object]]:
    dynamic = application.spec.get("dynamicAllocation") or {}
    if _dynamic(application) and not dynamic.get("shuffleTrackingTimeout"):
        yield "spec.dynamicAllocation.shuffleTrackingTimeout", None


def _same_nodes(application: Application) -> Iterable[tuple[str, object]]:
    if not application.profile.executors.spot:
        return
    driver, executor = application.role(DRIVER), application.role(EXECUTOR)
    selector = executor.get("nodeSelector")
    if selector and driver.get("nodeSelector") == selector:
        yield "spec.driver.nodeSelector", selector
    shared = [one for one in driver.get("tolerations") or [] if one in (executor.get("tolerations") or [])]
    if shared:
        yield "spec.driver.tolerations", ", ".join(str(one.get("key")) for one in shared)


def _node(application: Application) -> Iterable[tuple[str, object]]:
    limits = application.profile.limits
    for role in (DRIVER, EXECUTOR):
        size = pod_size(application.manifest, role)
        if limits.node_cpu and size.cpu_millis > millis(limits.node_cpu):
            yield f"spec.{role}.cores", f"{size.cpu_millis}m of {limits.node_cpu}"
        if limits.node_memory and size.memory_mib > mebibytes(limits.node_memory):
            yield f"spec.{role}.memory", f"{size.memory_mib} MiB of {limits.node_memory}"


def _quota(application: Application) -> Iterable[tuple[str, object]]:
    limits = application.profile.limits
    count = max(executor_counts(application.manifest)[0], 1)
    executors = pod_size(application.manifest, EXECUTOR).times(count)
    whole = pod_size(application.manifest, DRIVER).plus(executors)
    if limits.quota_cpu and whole.cpu_millis > millis(limits.quota_cpu):
        yield "spec.executor", f"{whole.cpu_millis}m of {limits.quota_cpu} for driver and executors"
    if limits.quota_memory and whole.memory_mib > mebibytes(limits.quota_memory):
        yield "spec.executor", f"{whole.memory_mib} MiB of {limits.quota_memory} for driver and executors"


SCHEDULING = (
    Rule(
        name="Q101",
        holds="either a queue of Kueue or dynamic allocation",
        why="Kueue admits a job of a fixed size and refuses one that grows.",
        fix="Unset `executors.max_instances`, or take another kind of queue.",
        find=_queue_and_dynamic,
    ),
    Rule(
        name="Q102",
        holds="mode cluster and suspended, in a queue of Kueue",
        why="Kueue starts the job by taking the suspension away, and knows no other mode.",
        fix="Set `mode: cluster` and `suspend: true`.",
        find=_queue_mode,
    ),
    Rule(
        name="Q103",
        holds="a batch scheduler that the operator knows",
        why="The application stays without a driver.",
        fix=f"Take one of {', '.join(sorted(_SCHEDULERS))}.",
        find=_scheduler,
    ),
    Rule(
        name="Q104",
        holds="a greatest number of executors, with dynamic allocation",
        why="Spark's own is without bound, and takes the namespace's whole quota.",
        fix="Set `executors.max_instances`.",
        find=_unbounded,
    ),
    Rule(
        name="Q105",
        holds="dynamic allocation by the field, not by Spark's settings",
        why="The operator then does not know of it, and starts one executor that is fixed.",
        fix="Use `spec.dynamicAllocation`.",
        find=_dynamic_conf,
    ),
    Rule(
        name="Q106",
        holds="a time after which shuffle data holds no executor",
        why="Spark's own is without end, and executors are never given back.",
        fix="Set `shuffleTrackingTimeout`, in milliseconds.",
        find=_tracked,
        level=Level.WARNING,
    ),
    Rule(
        name="Q107",
        holds="a driver on nodes that stay",
        why="With its driver a job loses everything, where a lost executor costs a few tasks.",
        fix="Give the driver other nodes than the executors, and not their tolerations.",
        find=_same_nodes,
    ),
    Rule(
        name="Q108",
        holds="pods that fit on the biggest node",
        why="They wait for ever.",
        fix="Ask for less, or correct `limits` in the profile.",
        find=_node,
    ),
    Rule(
        name="Q109",
        holds="a driver and its least executors within the namespace's quota",
        why="The driver starts, takes its part and waits for executors that never come.",
        fix="Ask for less, or have the quota raised.",
        find=_quota,
    ),
)
