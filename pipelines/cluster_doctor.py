"""Whether a cluster can run a profile's jobs: it answers, allows what a runner does, has an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.doctor.finding import Finding, NotAsNeededError, NotLookedAtError, Outcome, looked
from featurestore.errors import ClusterRefused
from pipelines.cluster import GROUP, PLURAL, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

_FORBIDDEN = 403
_OF_ALL = (
    ("list", "pods", ""),
    ("get", "pods/log", ""),
    ("list", "events", ""),
    ("list", "resourcequotas", ""),
)
_OF_RUNNER = {
    "operator": tuple((verb, PLURAL, GROUP) for verb in ("create", "get", "list", "delete")),
    "native": (("create", "pods", ""), ("delete", "pods", "")),
}
"""Verb, resource and group of what a runner does beside looking; another runner needs none of a namespace."""


def cluster(profile: Profile) -> Iterator[Finding]:
    """Asks in the name of whoever runs this: pods have accounts of their own."""
    wanted = profile.kubernetes
    if wanted.namespace is None:
        yield looked("kubernetes", _not_wanted, fix="")
        return
    place = Cluster(
        namespace=wanted.namespace, context=wanted.context, connect_seconds=2.0, answer_seconds=4.0
    )
    rights = looked(
        "kubernetes",
        lambda: _rights(place, wanted.runner),
        fix="Have a role bound in the namespace, as `featurestore team add` writes it.",
    )
    yield rights
    if rights.outcome is Outcome.PASS and wanted.runner == "operator":
        yield looked("spark operator", lambda: _operator(place), fix="Install Kubeflow's Spark Operator.")


def _not_wanted() -> str:
    raise NotLookedAtError("the profile names no namespace")


def _rights(place: Cluster, runner: str) -> str:
    needed = (*_OF_ALL, *_OF_RUNNER.get(runner, ()))
    refused = [
        f"{verb} {resource}" for verb, resource, group in needed if not place.may(verb, resource, group=group)
    ]
    if refused:
        raise NotAsNeededError(f"{place.server} does not allow in {place.namespace}: {', '.join(refused)}")
    return f"{place.server} allows in {place.namespace} all that runner {runner} does"


def _operator(place: Cluster) -> str:
    if not place.knows_applications():
        raise NotAsNeededError(f"the cluster knows no {PLURAL}.{GROUP}")
    try:
        found = place.operators()
    except ClusterRefused as error:
        if error.status == _FORBIDDEN:
            raise NotLookedAtError("its kinds are there; its version may not be asked by you") from None
        raise
    if not found:
        raise NotLookedAtError("its kinds are there; no Deployment has its usual label")
    return ", ".join(sorted(_version(one) for one in found))


def _version(deployment: dict[str, object]) -> str:
    metadata = deployment["metadata"]
    labels = metadata.get("labels", {}) if isinstance(metadata, dict) else {}
    return f"{metadata['name']} {labels.get('app.kubernetes.io/version', 'of no stated version')}"  # type: ignore[index]
