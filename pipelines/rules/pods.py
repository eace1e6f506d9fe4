"""Rules of pods: what a cluster refuses, and what the operator drops without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.rules.base import Application, Level, Rule
from pipelines.sizes import pod_size

if TYPE_CHECKING:
    from collections.abc import Iterable

_BY_WEBHOOK = (
    "affinity",
    "configMaps",
    "dnsConfig",
    "env",
    "envFrom",
    "gpu",
    "hostAliases",
    "initContainers",
    "lifecycle",
    "nodeSelector",
    "podSecurityContext",
    "ports",
    "priorityClassName",
    "schedulerName",
    "securityContext",
    "sidecars",
    "tolerations",
    "volumeMounts",
)
"""Fields that the operator's webhook sets, on pods without a template of their own."""

_LOCAL_VOLUMES = {"emptyDir", "hostPath", "nfs", "persistentVolumeClaim"}
_LEAST_OVERHEAD = 0.2
_MESH = "sidecar.istio.io/inject"


def _template(application: Application) -> Iterable[tuple[str, object]]:
    for name, role in application.roles():
        dropped = [field for field in _BY_WEBHOOK if role.get(field)]
        if role.get("template") and dropped:
            yield f"spec.{name}.template", f"a template beside {', '.join(dropped)}"


def _environment(application: Application) -> Iterable[tuple[str, object]]:
    if application.role("executor").get("env") and not application.role("driver").get("env"):
        yield "spec.executor.env", "variables of the executors alone"


def _selectors(application: Application) -> Iterable[tuple[str, object]]:
    if application.spec.get("nodeSelector") and any(
        role.get("nodeSelector") for _, role in application.roles()
    ):
        yield "spec.nodeSelector", "one for both and one of a role"


def _restricted(application: Application) -> Iterable[tuple[str, object]]:
    for name, role in application.roles():
        if not role.get("template"):
            yield from ((f"spec.{name}.securityContext.{field}", value) for field, value in _lacking(role))


def _lacking(role: dict[str, Any]) -> Iterable[tuple[str, object]]:
    """What the Pod Security Standard `restricted` asks of a container and this one does not say."""
    own, pod = role.get("securityContext") or {}, role.get("podSecurityContext") or {}
    wanted = {
        "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
        "runAsNonRoot": own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True,
        "runAsUser": own.get("runAsUser", pod.get("runAsUser")) != 0,
        "capabilities": "ALL" in (own.get("capabilities") or {}).get("drop", []),
        "seccompProfile": (own.get("seccompProfile") or pod.get("seccompProfile") or {}).get("type")
        in {"RuntimeDefault", "Localhost"},
        "privileged": not own.get("privileged"),
    }
    return ((field, own.get(field)) for field, holds in wanted.items() if not holds)


def _host(application: Application) -> Iterable[tuple[str, object]]:
    for name, role in application.roles():
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if role.get(field):
                yield f"spec.{name}.{field}", True
    for volume in application.spec.get("volumes") or []:
        if "hostPath" in volume:
            yield f"spec.volumes.{volume.get('name')}", "hostPath"


def _accounts(application: Application) -> Iterable[tuple[str, object]]:
    for name, role in application.roles():
        if role.get("serviceAccount") in {None, "", "default"}:
            yield f"spec.{name}.serviceAccount", role.get("serviceAccount")


def _volumes(application: Application) -> Iterable[tuple[str, object]]:
    for volume in application.spec.get("volumes") or []:
        name = str(volume.get("name", ""))
        if name.startswith("spark-local-dir-") and not _LOCAL_VOLUMES & volume.keys():
            yield f"spec.volumes.{name}", ", ".join(sorted(volume.keys() - {"name"}))


def _mesh(application: Application) -> Iterable[tuple[str, object]]:
    for name, role in application.roles():
        if (role.get("annotations") or {}).get(_MESH) != "false":
            yield f"spec.{name}.annotations", (role.get("annotations") or {}).get(_MESH)


def _overhead(application: Application) -> Iterable[tuple[str, object]]:
    if application.spec.get("type") != "Python":
        return
    for name, role in application.roles():
        if not role.get("memoryOverhead"):
            continue
        heap = pod_size(
            {"spec": {**application.spec, name: {**role, "memoryOverhead": "0m"}}}, name
        ).memory_mib
        whole = pod_size({"spec": application.spec}, name).memory_mib
        if whole - heap < _LEAST_OVERHEAD * heap:
            yield f"spec.{name}.memoryOverhead", role["memoryOverhead"]


PODS = (
    Rule(
        name="P101",
        holds="either a pod template or fields that the operator's webhook sets",
        why="The webhook leaves pods with a template alone, so that the fields are dropped without a word.",
        fix="Move the fields into the template, or do without it.",
        find=_template,
    ),
    Rule(
        name="P102",
        holds="variables of the driver where executors have some",
        why="The operator sets an executor's variables only where the driver has some.",
        fix="Give the driver the same variables.",
        find=_environment,
    ),
    Rule(
        name="P103",
        holds="node selectors at one level",
        why="The operator refuses both.",
        fix="Keep those of the roles.",
        find=_selectors,
    ),
    Rule(
        name="P104",
        holds="what the Pod Security Standard `restricted` asks for",
        why="The namespace refuses the pod, after the application was accepted.",
        fix="Set the security context as `render` does.",
        find=_restricted,
    ),
    Rule(
        name="P105",
        holds="nothing of the node's own",
        why="A pod that sees its node sees the other teams on it, and `restricted` refuses it.",
        fix="Remove it.",
        find=_host,
    ),
    Rule(
        name="P106",
        holds="a service account of its own for each role",
        why="The default one may not create executors, and carries no identity for the lake.",
        fix="Name the accounts that `featurestore team add` makes.",
        find=_accounts,
    ),
    Rule(
        name="P107",
        holds="a kind of volume that Spark takes for its local directories",
        why="The submission fails with `unsupported volume type`.",
        fix=f"Use one of {', '.join(sorted(_LOCAL_VOLUMES))}.",
        find=_volumes,
    ),
    Rule(
        name="P108",
        holds=f'the annotation {_MESH}: "false"',
        why="In a namespace with a service mesh executors cannot reach their driver.",
        fix="Set it on both roles.",
        find=_mesh,
        level=Level.WARNING,
    ),
    Rule(
        name="P109",
        holds="a memory overhead of a fifth of the heap at least, where Python runs beside Java",
        why="Python's memory counts as overhead; past it the node kills the pod with code 137.",
        fix="Leave it to Spark, which takes four tenths, or raise it.",
        find=_overhead,
        level=Level.WARNING,
    ),
)
