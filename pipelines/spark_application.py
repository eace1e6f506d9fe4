"""A job and a profile as a SparkApplication: what to do, where, as a manifest of the Spark Operator."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from featurestore import __version__
from featurestore.config.clouds import IDENTITIES
from featurestore.config.load import to_variables
from featurestore.config.spark import JAVA_OPTIONS, SPARK_VERSION, session_settings
from featurestore.errors import MissingSetting
from pipelines.jobs import step_of, subject_of
from pipelines.names import application_name, digest, label_value
from pipelines.template import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from featurestore.config import Profile
    from featurestore.config.cluster import DriverSettings, ExecutorSettings
    from featurestore.step_requests import Request

IMAGE = f"featurestore-spark:{__version__}"
SPEC_DIGEST = "featurestore/spec-sha256"
"""The annotation of a run's application: whoever finds one of its name sees whether it asks for the same."""
JOBS = "local:///opt/featurestore/sparkjobs/"
"""Where the image has a file for each step."""
RUN = "featurestore/run"
"""The label of all that belongs to one run."""
INSTANCE = "app.kubernetes.io/instance"
"""The label of an application and its pods with its name."""
ROLE = "spark-role"
"""Spark's own label of a pod: `driver` or `executor`."""
PART_OF = {"app.kubernetes.io/part-of": "featurestore"}
"""The label of everything that is ours."""

_TEMPLATE = "sparkapplication/spark_application.yaml.j2"
_STATE = "/tmp/featurestore"  # noqa: S108 - a pod has a file system of its own
_USER = 185
_UI_PORT = "4040"
_METRICS_PATH = "/metrics/prometheus"
_SHUFFLE_TIMEOUT_MILLISECONDS = 600_000
_UNCHECKED_MESH = {"sidecar.istio.io/inject": "false"}
"""Executors reach the driver by ports that a service mesh would take for itself."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a job does: a step of the project, or a file of its user."""

    step: str
    subject: str
    main_file: str
    """The URI of the file that the driver runs."""
    arguments: Sequence[str]
    apart: Mapping[str, Any]
    """Plain data in which two jobs of one step and subject differ, within a run."""
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of both pods' environment, beside the profile."""


def spark_application(
    request: Request,
    profile: Profile,
    *,
    run: str | None = None,
    image: str | None = None,
    retries: int | None = None,
) -> dict[str, Any]:
    """The manifest of a step; see `application_of`."""
    step = step_of(request)
    work = Work(
        step=step,
        subject=subject_of(request),
        main_file=f"{JOBS}{step}.py",
        arguments=request.to_argv(),
        apart=request.to_json(),
    )
    return application_of(work, profile, run=run, image=image, retries=retries)


def application_of(
    work: Work,
    profile: Profile,
    *,
    run: str | None = None,
    image: str | None = None,
    retries: int | None = None,
) -> dict[str, Any]:
    """The manifest as plain data; equal for equal arguments.

    Its name says the step and what it is about; with `run` also which run, so that two runs have two names and
    one that is submitted twice has one. `image` and `retries` take the place of the profile's; 0 retries where
    something else starts a failed job again. Raises `MissingSetting` without a namespace.
    """
    if profile.kubernetes.namespace is None:
        raise MissingSetting("kubernetes.namespace", tried=[f"profile {profile.name}"])
    (manifest,) = filled(_TEMPLATE, _values(work, profile, run=run, image=image, retries=retries))
    if run is not None:
        manifest["metadata"]["annotations"] = {SPEC_DIGEST: spec_digest(manifest)}
    return manifest


def to_yaml(manifest: dict[str, Any]) -> str:
    """The manifest as a YAML document."""
    return yaml.safe_dump(manifest, sort_keys=False, width=110, allow_unicode=True)


def spec_digest(manifest: dict[str, Any]) -> str:
    """SHA-256 (hex) of what the manifest asks for, whatever the order it is written in."""
    text = json.dumps(manifest["spec"], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _values(
    work: Work, profile: Profile, *, run: str | None, image: str | None, retries: int | None
) -> dict[str, Any]:
    """What the template names, each from one place."""
    cluster, executors = profile.kubernetes, profile.executors
    name = _name(work, run)
    labels = _labels(work, profile, name=name, run=run)
    kueue = cluster.queue_kind == "kueue"
    scheduler = None if kueue or cluster.queue_kind == "none" else cluster.queue_kind
    return {
        "name": name,
        "namespace": cluster.namespace,
        "labels": {**labels, **({"kueue.x-k8s.io/queue-name": cluster.queue} if kueue else {})},
        "pod_labels": {**labels, **IDENTITIES[profile.identity.kind].pod_labels},
        "spark_version": SPARK_VERSION,
        "image": image or profile.image.name or IMAGE,
        "image_pull_policy": profile.image.pull_policy,
        "image_pull_secret": profile.image.pull_secret,
        "main_file": work.main_file,
        "arguments": list(work.arguments),
        "retries": cluster.retries if retries is None else retries,
        "retry_seconds": cluster.retry_seconds,
        "time_to_live_seconds": cluster.time_to_live_seconds,
        "suspend": kueue,
        "batch_scheduler": scheduler,
        "queue": cluster.queue,
        "executors": executors.instances,
        "max_executors": executors.max_instances,
        "shuffle_timeout_milliseconds": _SHUFFLE_TIMEOUT_MILLISECONDS,
        "spark_conf": _spark_conf(profile),
        "java_options": JAVA_OPTIONS,
        "secret": profile.identity.secret,
        "user": _USER,
        "driver": _pod(work, profile, profile.driver, annotations=_scraped(profile)),
        "executor": _pod(work, profile, executors, annotations={}),
    }


def _name(work: Work, run: str | None) -> str:
    plain = application_name(work.step, work.subject)
    if run is None:
        return plain
    whole = json.dumps([run, work.step, work.apart], sort_keys=True)
    return f"{plain[:31].rstrip('-')}-{digest(whole)}"


def _labels(work: Work, profile: Profile, *, name: str, run: str | None) -> dict[str, str]:
    """Whose it is and what it does: by these, cost is shared out and what is left behind is found."""
    texts = {
        **PART_OF,
        INSTANCE: name,
        "app.kubernetes.io/version": __version__,
        "featurestore/profile": profile.name,
        "featurestore/step": work.step,
        "featurestore/subject": work.subject,
        "featurestore/team": profile.kubernetes.team or "",
        RUN: run or "",
        **work.labels,
        **profile.kubernetes.labels,
    }
    return {name: label_value(text) for name, text in texts.items() if text}


def _spark_conf(profile: Profile) -> dict[str, str]:
    cluster = profile.kubernetes
    conf = {**session_settings(profile), "spark.ui.prometheus.enabled": str(cluster.prometheus).lower()}
    if cluster.prometheus:
        sink = "spark.metrics.conf.*.sink.prometheusServlet"
        conf |= {
            f"{sink}.class": "org.apache.spark.metrics.sink.PrometheusServlet",
            f"{sink}.path": _METRICS_PATH,
        }
    if cluster.event_log_uri is not None:
        conf |= {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": cluster.event_log_uri,
            "spark.eventLog.rolling.enabled": "true",
        }
    if profile.executors.max_instances is not None:
        conf["spark.dynamicAllocation.executorIdleTimeout"] = "120s"
    if profile.executors.spot:
        conf |= _decommission(profile)
    return conf


def _decommission(profile: Profile) -> dict[str, str]:
    """An executor whose node goes hands its data on, to other executors or to the lake."""
    storage = "spark.storage.decommission"
    return {
        "spark.decommission.enabled": "true",
        f"{storage}.enabled": "true",
        f"{storage}.rddBlocks.enabled": "true",
        f"{storage}.shuffleBlocks.enabled": "true",
        f"{storage}.fallbackStorage.path": f"{profile.storage.root_uri}/_spark_fallback/",
        f"{storage}.fallbackStorage.cleanUp": "true",
    }


def _scraped(profile: Profile) -> dict[str, str]:
    if not profile.kubernetes.prometheus:
        return {}
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": _UI_PORT,
        "prometheus.io/path": f"{_METRICS_PATH}/",
    }


def _pod(
    work: Work, profile: Profile, role: DriverSettings | ExecutorSettings, *, annotations: dict[str, str]
) -> dict[str, Any]:
    variables = {**work.variables, **to_variables(profile), "FEATURESTORE__STATE_DIRECTORY": _STATE}
    return {
        **asdict(role),
        "annotations": {**_UNCHECKED_MESH, **annotations},
        # The operator sets an executor's variables only where the driver has some; so both have all.
        "env": variables,
        "tolerations": [_toleration(text) for text in role.tolerations],
    }


def _toleration(taint: str) -> dict[str, str]:
    """`key=value:effect`, or `key:effect` for any value."""
    condition, effect = taint.rsplit(":", 1)
    key, equals, value = condition.partition("=")
    matched = {"operator": "Equal", "value": value} if equals else {"operator": "Exists"}
    return {"key": key, **matched, "effect": effect}
