"""A SparkApplication as `spark-submit --master k8s://`, for clusters without the operator.

What the operator's webhook would set on pods goes into a pod template for each role; Spark lays its own values over
it. Source: Spark 3.5, "Running Spark on Kubernetes", pod template and configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.job_state import DRIVER_CONTAINER
from pipelines.sizes import DRIVER, EXECUTOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHOUT_OPERATOR = "featurestore/without-operator"
"""The annotation of a driver that `spark-submit` made."""
TIME_TO_LIVE = "featurestore/time-to-live-seconds"
"""The annotation with which it outlives its end."""

_CONTAINERS = {DRIVER: DRIVER_CONTAINER, EXECUTOR: "spark-kubernetes-executor"}
_KUBERNETES = "spark.kubernetes"
_DYNAMIC = {
    "initialExecutors": ("initialExecutors", ""),
    "minExecutors": ("minExecutors", ""),
    "maxExecutors": ("maxExecutors", ""),
    "shuffleTrackingTimeout": ("shuffleTracking.timeout", "ms"),
}
"""A field, Spark's name for it and its unit."""
_LEFT_OUT = ("restartPolicy", "suspend", "timeToLiveSeconds", "batchScheduler", "batchSchedulerOptions")
"""What only the operator does: start again, wait for a queue, delete what has ended."""


@dataclass(frozen=True, kw_only=True)
class NativeSubmission:
    """A process to start, once its templates are written."""

    command: tuple[str, ...]
    templates: dict[str, str]
    """Pod templates as YAML by file name, for the folder that the command was made for."""
    left_out: tuple[str, ...]
    """Fields of the manifest that mean nothing without the operator."""


def native_submission(
    manifest: dict[str, Any], *, spark_submit: Path, server: str, context: str | None, folder: Path
) -> NativeSubmission:
    """The command that makes the manifest's driver at an API server, and leaves.

    `folder` is where the caller writes the templates. Spark makes the driver the owner of its executors, so that
    deleting the driver deletes all.
    """
    spec = manifest["spec"]
    conf = {**spec["sparkConf"], **dict(_conf(manifest, folder))}
    if context is not None:
        conf[f"{_KUBERNETES}.context"] = context
    command = [
        str(spark_submit),
        *("--master", f"k8s://{server}"),
        *("--deploy-mode", "cluster"),
        *("--name", manifest["metadata"]["name"]),
        *(word for name, value in sorted(conf.items()) for word in ("--conf", f"{name}={value}")),
        spec["mainApplicationFile"],
        *spec.get("arguments", []),
    ]
    return NativeSubmission(
        command=tuple(command),
        templates={
            f"{role}.yaml": yaml.safe_dump(_template(spec, role), sort_keys=False) for role in _CONTAINERS
        },
        left_out=tuple(name for name in _LEFT_OUT if name in spec),
    )


def _conf(manifest: dict[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """The typed fields as Spark's settings."""
    spec, metadata = manifest["spec"], manifest["metadata"]
    yield f"{_KUBERNETES}.namespace", metadata["namespace"]
    yield f"{_KUBERNETES}.container.image", spec["image"]
    yield f"{_KUBERNETES}.container.image.pullPolicy", spec["imagePullPolicy"]
    yield f"{_KUBERNETES}.driver.pod.name", driver_name(metadata["name"])
    yield f"{_KUBERNETES}.executor.podNamePrefix", metadata["name"]
    yield f"{_KUBERNETES}.submission.waitAppCompletion", "false"
    if spec.get("imagePullSecrets"):
        yield f"{_KUBERNETES}.container.image.pullSecrets", ",".join(spec["imagePullSecrets"])
    for annotation, value in {**(metadata.get("annotations") or {}), **_kept(spec)}.items():
        yield f"{_KUBERNETES}.driver.annotation.{annotation}", value
    yield from _executors(spec)
    for role in _CONTAINERS:
        yield from _of_role(spec, role, folder)


def driver_name(name: str) -> str:
    """The driver's pod of a job, as the operator names it too."""
    return f"{name}-driver"


def _kept(spec: dict[str, Any]) -> dict[str, str]:
    """What whoever cleans up reads on a driver that no operator looks after."""
    kept = {WITHOUT_OPERATOR: "true"}
    if "timeToLiveSeconds" in spec:
        kept[TIME_TO_LIVE] = str(spec["timeToLiveSeconds"])
    return kept


def _executors(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """How many: a number, or bounds of it."""
    dynamic = spec.get("dynamicAllocation") or {}
    if not dynamic.get("enabled"):
        yield "spark.executor.instances", str(spec[EXECUTOR].get("instances", 1))
        return
    yield "spark.dynamicAllocation.enabled", "true"
    yield "spark.dynamicAllocation.shuffleTracking.enabled", "true"
    for field, (name, unit) in _DYNAMIC.items():
        if dynamic.get(field) is not None:
            yield f"spark.dynamicAllocation.{name}", f"{dynamic[field]}{unit}"


def _of_role(spec: dict[str, Any], role: str, folder: Path) -> Iterator[tuple[str, str]]:
    pod, own, cluster = spec[role], f"spark.{role}", f"{_KUBERNETES}.{role}"
    yield f"{own}.cores", str(pod["cores"])
    yield f"{own}.memory", pod["memory"]
    stated = {
        f"{own}.extraJavaOptions": pod.get("javaOptions"),
        f"{own}.memoryOverhead": pod.get("memoryOverhead"),
        f"{cluster}.request.cores": pod.get("coreRequest"),
        f"{cluster}.limit.cores": pod.get("coreLimit"),
        f"{_KUBERNETES}.authenticate.{role}.serviceAccountName": pod.get("serviceAccount"),
    }
    yield from ((name, value) for name, value in stated.items() if value)
    for field, name in (
        ("labels", "label"),
        ("annotations", "annotation"),
        ("nodeSelector", "node.selector"),
    ):
        yield from ((f"{cluster}.{name}.{key}", value) for key, value in (pod.get(field) or {}).items())
    environment = f"{_KUBERNETES}.driverEnv" if role == DRIVER else "spark.executorEnv"
    yield from ((f"{environment}.{one['name']}", one["value"]) for one in pod.get("env") or [])
    yield f"{cluster}.podTemplateFile", str(folder / f"{role}.yaml")
    yield f"{cluster}.podTemplateContainerName", _CONTAINERS[role]


def _template(spec: dict[str, Any], role: str) -> dict[str, Any]:
    """What Spark has no setting for."""
    pod = spec[role]
    container: dict[str, Any] = {"name": _CONTAINERS[role]}
    container |= {
        field: pod[field] for field in ("securityContext", "envFrom", "volumeMounts") if pod.get(field)
    }
    if pod.get("gpu"):
        container["resources"] = {"limits": {pod["gpu"]["name"]: pod["gpu"]["quantity"]}}
    around = {
        "securityContext": pod.get("podSecurityContext"),
        "tolerations": pod.get("tolerations"),
        "volumes": spec.get("volumes"),
    }
    whole = {"containers": [container], **{field: value for field, value in around.items() if value}}
    return {"apiVersion": "v1", "kind": "Pod", "spec": whole}
