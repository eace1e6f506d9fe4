"""A compiled pipeline put into a place: on this machine, or by a profile into a cluster.

What is compiled knows no place. Here its tasks get one: the launcher's image, the profile as environment variables,
what their pods request, which secrets they see, how often Kubeflow starts them anew.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import yaml
from kfp import dsl, kubernetes  # type: ignore[import-untyped]

from featurestore.config.clouds import IDENTITIES
from featurestore.config.load import to_variables
from featurestore.config.pipelines import SECRET_VARIABLES
from pipelines.attempts import KUBEFLOW_RETRIES, KUBEFLOW_RETRY_SECONDS
from pipelines.compiled_pipelines import compiled_text
from pipelines.components import LAUNCHER
from pipelines.spark_application import IMAGE, PART_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

RUN_PLACEHOLDER = "{{$.pipeline_job_uuid}}"
_HERE = "python"
"""An image by this name is none that anybody would miss on this machine."""
_STATE = "/tmp/featurestore"  # noqa: S108 - a pod has a file system of its own
_MINUTES_TO_CLEAN_UP = 5
_NOTIFIER = "exec-notify"
_TOLERATES_ANY = "Exists"


def placed_here(document: dict[str, Any], *, run: str) -> dict[str, Any]:
    """The pipeline for `kfp.local`, with a name of our own for the run."""
    placed = copy.deepcopy(document)
    for executor in _executors(placed).values():
        executor["container"]["image"] = _HERE
    for task in _tasks(placed):
        for given in task.get("inputs", {}).get("parameters", {}).values():
            if given.get("runtimeValue", {}).get("constant") == RUN_PLACEHOLDER:
                given["runtimeValue"]["constant"] = run
    return placed


def placed_in_cluster(document: dict[str, Any], profile: Profile) -> list[dict[str, Any]]:
    """The documents that Kubeflow takes: the pipeline, and what Kubernetes is to do for each task's pod.

    A component whose image is no launcher, of whichever version, stays as it is.
    """
    placed = copy.deepcopy(document)
    found = {}
    settings = {notifier: _settings(profile, notifier=notifier) for notifier in (False, True)}
    ours = {
        name: executor
        for name, executor in _executors(placed).items()
        if _is_launcher(executor["container"]["image"])
    }
    for name, executor in ours.items():
        # Copies, since YAML would say of one and the same thing that it is that of another place.
        container, pod = copy.deepcopy(settings[name == _NOTIFIER])
        executor["container"] |= {**container, "image": profile.pipelines.image or LAUNCHER}
        found[name] = pod
    leaves = {name for name, one in placed["components"].items() if one.get("executorLabel") in ours}
    for task in _tasks(placed):
        if task["componentRef"]["name"] in leaves:
            task["retryPolicy"] = {
                "maxRetryCount": KUBEFLOW_RETRIES,
                "backoffDuration": f"{KUBEFLOW_RETRY_SECONDS}s",
                "backoffFactor": 1.0,
            }
    return [placed, {"platforms": {"kubernetes": {"deploymentSpec": {"executors": found}}}}]


def to_text(documents: list[dict[str, Any]]) -> str:
    """The documents as one file of YAML."""
    return yaml.safe_dump_all(documents, sort_keys=True, width=110)


def _settings(profile: Profile, *, notifier: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a task's container and its pod have, as Kubeflow itself writes it for a task that was given them."""

    def nothing() -> None:
        """Stands for any task."""

    def settle() -> None:
        task = component()
        for name, value in _variables(profile).items():
            task.set_env_variable(name, value)
        _limit(task, profile)
        _place(task, profile)
        for secret, keys, optional in _secrets(profile, notifier=notifier):
            kubernetes.use_secret_as_env(task, secret, {key: key for key in keys}, optional=optional)

    for function in (nothing, settle):
        # Kubeflow takes annotations as they are, and here they are texts.
        function.__annotations__.clear()
    component = dsl.component(nothing, base_image=LAUNCHER, install_kfp_package=False)
    pipeline, platform = yaml.safe_load_all(compiled_text(dsl.pipeline(settle, name="settings")))
    (executor,) = _executors(pipeline).values()
    (pod,) = _executors(platform["platforms"]["kubernetes"]).values()
    return {name: executor["container"][name] for name in ("env", "resources")}, pod


def _limit(task: Any, profile: Profile) -> None:
    settings = profile.pipelines
    task.set_cpu_request(settings.cpu)
    task.set_memory_request(_kubernetes_memory(settings.memory))
    task.set_memory_limit(_kubernetes_memory(settings.memory))
    # The task ends itself in time, and cleans up; this is for one that cannot.
    kubernetes.set_timeout(task, (settings.timeout_minutes + _MINUTES_TO_CLEAN_UP) * 60)


def _place(task: Any, profile: Profile) -> None:
    settings = profile.pipelines
    for key, value in {**PART_OF, **IDENTITIES[profile.identity.kind].pod_labels}.items():
        kubernetes.add_pod_label(task, key, value)
    kubernetes.set_image_pull_policy(task, profile.image.pull_policy)
    if profile.image.pull_secret is not None:
        kubernetes.set_image_pull_secrets(task, [profile.image.pull_secret])
    for key, value in settings.node_selector.items():
        kubernetes.add_node_selector(task, key, value)
    for taint in settings.tolerations:
        named, _, effect = taint.rpartition(":")
        key, equals, value = named.partition("=")
        operator = "Equal" if equals else _TOLERATES_ANY
        kubernetes.add_toleration(task, key=key, operator=operator, value=value or None, effect=effect)


def _secrets(profile: Profile, *, notifier: bool) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Secret, keys, and whether it may lack them."""
    if profile.identity.secret is not None:
        yield profile.identity.secret, IDENTITIES[profile.identity.kind].secret_keys, False
    for one in profile.pipelines.secrets:
        secret, _, key = one.partition("/")
        yield secret, (key,), False
    if notifier and profile.notifications.secret is not None:
        yield profile.notifications.secret, SECRET_VARIABLES, True


def _variables(profile: Profile) -> dict[str, str]:
    whole = to_variables(profile, whole=True)
    named = {"FEATURESTORE__IMAGE__NAME": profile.image.name or IMAGE}
    return {**whole, **named, "FEATURESTORE_PROFILE": "local", "FEATURESTORE__STATE_DIRECTORY": _STATE}


def _kubernetes_memory(text: str) -> str:
    """Java's `1024m` as Kubernetes writes it."""
    return f"{text[:-1]}{text[-1].upper()}i"


def _executors(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["deploymentSpec"]["executors"]
    return found


def _is_launcher(image: str) -> bool:
    """Whether this is our image, in whatever registry and of whatever version."""
    name = image.rpartition("/")[2]
    return re.split("[:@]", name)[0] == LAUNCHER.partition(":")[0]


def _tasks(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tasks of the pipeline and of those within it."""
    for component in (document["root"], *document["components"].values()):
        yield from component.get("dag", {}).get("tasks", {}).values()
