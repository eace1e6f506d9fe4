"""A team's place in a cluster: namespace, accounts, rights, quota and network, as what `kubectl apply` takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from featurestore.config.clouds import IDENTITIES, NODE_ADDRESSES
from featurestore.errors import InvalidRequest, InvalidSetting, MissingSetting
from pipelines.names import LONGEST_NAME
from pipelines.sizes import DRIVER
from pipelines.spark_application import to_yaml
from pipelines.team_quota import Share, container_limits, hard_limits, share_of
from pipelines.template import filled

if TYPE_CHECKING:
    from featurestore.config import Profile

LAUNCHER = "featurestore-launcher"
"""The account of whatever starts jobs: a pipeline, or a person who acts as it."""
DRIVER_ROLE, LAUNCHER_ROLE = "featurestore-driver", "featurestore-launcher"
POD_SECURITY_VERSION = "v1.34"
"""Of the standard `restricted`: the line of Kubernetes that tests apply it to."""
MANIFEST, KUSTOMIZATION = "team.yaml", "kustomization.yaml"

_WITHOUT_OPERATOR = "native"
_TEMPLATE = "team/team.yaml.j2"
_NAME = re.compile(rf"[a-z0-9]([-a-z0-9]{{0,{LONGEST_NAME - 2}}}[a-z0-9])?")
_HEAD = "# `kubectl apply -k .`; changes of your own are best laid over team.yaml here.\n"


def team(
    name: str,
    profile: Profile,
    *,
    cpu: str | None = None,
    memory: str | None = None,
    executors: int | None = None,
) -> list[dict[str, Any]]:
    """The documents in the order in which they are applied; equal for equal arguments.

    `cpu` and `memory` take the place of the profile's `limits.quota_cpu` and `limits.quota_memory`. `executors` is
    how many may be at work at a time; as many of the profile's size as fit with their drivers, unless given.
    Where the profile's `kubernetes.runner` is `native`, the launcher may do what `spark-submit` does, in place of
    making SparkApplications.

    Raises `InvalidRequest` for a name that cannot be one and for executors that do not fit, `MissingSetting` for a
    profile without a cluster or without a quota, and `InvalidSetting` for accounts that are not three.
    """
    _check_name(name)
    _check_accounts(profile)
    if profile.kubernetes.namespace is None:
        raise MissingSetting("kubernetes.namespace", tried=[f"profile {profile.name}"])
    share = share_of(profile, cpu=cpu, memory=memory, executors=executors)
    return filled(_TEMPLATE, _values(name, profile, share))


def to_text(documents: list[dict[str, Any]]) -> str:
    """All documents as one stream of YAML."""
    return "---\n".join(to_yaml(document) for document in documents)


def files_of(documents: list[dict[str, Any]]) -> dict[str, str]:
    """Texts by file name, for a folder that `kubectl apply -k` takes."""
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [MANIFEST],
    }
    return {MANIFEST: to_text(documents), KUSTOMIZATION: _HEAD + to_yaml(kustomization)}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name == "default" or name.startswith("kube-"):
        expected = (
            f"small letters, digits and dashes, {LONGEST_NAME} at most, and no name of Kubernetes' own "
            "(default, kube-...)"
        )
        raise InvalidRequest("NAME", expected=expected, received=name)


def _check_accounts(profile: Profile) -> None:
    """Two roles with one account would have the rights of both."""
    taken = {"default", LAUNCHER}
    for section in (DRIVER, "executors"):
        account = getattr(profile, section).service_account
        if account in taken:
            expected = f"an account of its own, not {', '.join(sorted(taken))}"
            raise InvalidSetting(f"{section}.service_account", received=account, expected=expected)
        taken.add(account)


def _values(name: str, profile: Profile, share: Share) -> dict[str, Any]:
    """What the template names, each from one place."""
    identity, principal = IDENTITIES[profile.identity.kind], profile.identity.principal
    operator = profile.kubernetes.runner != _WITHOUT_OPERATOR
    annotated = identity.account_annotation is not None and principal is not None
    return {
        "name": name,
        "labels": {"app.kubernetes.io/part-of": "featurestore", "featurestore/team": name},
        "pod_security_version": POD_SECURITY_VERSION,
        "driver_account": profile.driver.service_account,
        "executor_account": profile.executors.service_account,
        "launcher_account": LAUNCHER,
        "account_annotations": {identity.account_annotation: principal} if annotated else {},
        "driver_role": DRIVER_ROLE,
        "launcher_role": LAUNCHER_ROLE,
        "operator": operator,
        "quota": hard_limits(share, operator=operator),
        "quota_description": share.line,
        **container_limits(profile.limits),
        "outside": {cidr: list(without) for cidr, without in NODE_ADDRESSES.items()},
        "token_addresses": {cidr: list(ports) for cidr, ports in identity.token_addresses.items()},
    }
