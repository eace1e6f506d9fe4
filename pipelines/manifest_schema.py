"""The shape of a SparkApplication: the fields that `render` writes, known here, and all others by the typed models.

The models of `kubeflow-spark-api` know every field and take half a second to load; what is rendered is judged
without them. A manifest with a field that is not here is theirs to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from featurestore.errors import MissingPart

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = "kubeflow_spark_api"


class _Struct(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What is not among its fields is unknown."""


class _Metadata(_Struct):
    name: str
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class _RestartPolicy(_Struct):
    type: Literal["Never", "OnFailure", "Always"]
    on_failure_retries: int | None = None
    on_failure_retry_interval: int | None = None
    on_submission_failure_retries: int | None = None
    on_submission_failure_retry_interval: int | None = None


class _DynamicAllocation(_Struct):
    enabled: bool
    initial_executors: int | None = None
    min_executors: int | None = None
    max_executors: int | None = None
    shuffle_tracking_enabled: bool | None = None
    shuffle_tracking_timeout: int | None = None


class _SchedulerOptions(_Struct):
    queue: str


class _Variable(_Struct):
    name: str
    value: str


class _SecretName(_Struct):
    name: str


class _Secret(_Struct):
    secret_ref: _SecretName


class _Gpu(_Struct):
    name: str
    quantity: int


class _Toleration(_Struct):
    key: str
    operator: Literal["Equal", "Exists"]
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    value: str | None = None


class _PodContext(_Struct):
    fs_group: int


class _Capabilities(_Struct):
    drop: list[str]


class _SeccompProfile(_Struct):
    type: str


class _SecurityContext(_Struct):
    allow_privilege_escalation: bool
    run_as_non_root: bool
    run_as_user: int
    run_as_group: int
    capabilities: _Capabilities
    seccomp_profile: _SeccompProfile


class _Pod(_Struct, kw_only=True):
    cores: int
    memory: str
    service_account: str
    java_options: str
    labels: dict[str, str]
    annotations: dict[str, str]
    env: list[_Variable]
    pod_security_context: _PodContext
    security_context: _SecurityContext
    core_request: str | None = None
    core_limit: str | None = None
    memory_overhead: str | None = None
    gpu: _Gpu | None = None
    env_from: list[_Secret] | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[_Toleration] | None = None


class _Executor(_Pod, kw_only=True):
    delete_on_termination: bool
    instances: int | None = None


class _Spec(_Struct):
    type: Literal["Python"]
    python_version: Literal["3"]
    mode: Literal["cluster"]
    spark_version: str
    image: str
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"]
    main_application_file: str
    arguments: list[str]
    restart_policy: _RestartPolicy
    time_to_live_seconds: int
    spark_conf: dict[str, str]
    driver: _Pod
    executor: _Executor
    image_pull_secrets: list[str] | None = None
    suspend: bool | None = None
    batch_scheduler: str | None = None
    batch_scheduler_options: _SchedulerOptions | None = None
    dynamic_allocation: _DynamicAllocation | None = None


class Rendered(_Struct):
    """What `render` writes."""

    api_version: Literal["sparkoperator.k8s.io/v1beta2"]
    kind: Literal["SparkApplication"]
    metadata: _Metadata
    spec: _Spec


def schema_problems(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a manifest is no SparkApplication, and what stands there; nothing where it is one.

    Raises `MissingPart` where a manifest that was not rendered here needs the typed models and they are absent.
    """
    try:
        msgspec.convert(manifest, Rendered)
    except msgspec.ValidationError:
        return _by_models(dict(manifest))
    return []


def _by_models(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    kind = (manifest.get("apiVersion"), manifest.get("kind"))
    if kind != ("sparkoperator.k8s.io/v1beta2", "SparkApplication"):
        return [("kind", f"{kind[0]} {kind[1]}")]
    try:
        from kubeflow_spark_api.models.spark_v1beta2_spark_application import SparkV1beta2SparkApplication
        from pydantic import ValidationError
    except ImportError as error:
        remedy = "Install `featurestore[kubernetes]`."
        raise MissingPart(_PACKAGE, needed_for="checking a manifest from elsewhere", remedy=remedy) from error
    try:
        known = SparkV1beta2SparkApplication.from_dict(manifest)
    except ValidationError as error:
        return [(_path(one["loc"]), f"{one['input']!r}: {one['msg']}") for one in error.errors()]
    return [
        (where, "a field that is not known")
        for where in _lost(manifest, known.to_dict() if known else {}, "")
    ]


def _path(parts: tuple[int | str, ...]) -> str:
    return ".".join(map(str, parts)) or "spec"


def _lost(given: Any, known: Any, where: str) -> list[str]:
    """Paths of what the models left out: fields that they do not have."""
    if isinstance(given, dict):
        fields = known if isinstance(known, dict) else {}
        return [
            path
            for name, value in given.items()
            if value not in (None, {}, [])
            for path in (
                _lost(value, fields[name], f"{where}.{name}".lstrip("."))
                if name in fields
                else [f"{where}.{name}".lstrip(".")]
            )
        ]
    if isinstance(given, list):
        entries = known if isinstance(known, list) else []
        pairs = zip(given, [*entries, *([None] * len(given))], strict=False)
        return [
            path
            for number, (one, other) in enumerate(pairs)
            for path in _lost(one, other, f"{where}[{number}]")
        ]
    return []
