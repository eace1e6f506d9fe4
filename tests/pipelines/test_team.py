"""A team's place in a cluster: what it consists of, and who may do what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from featurestore.config import Profile, load_profile
from featurestore.errors import InvalidRequest, InvalidSetting, MissingSetting
from pipelines.team import KUSTOMIZATION, files_of, team, to_text
from tests.helpers.kustomize import built
from tests.helpers.profiles import CLUSTERS

RENDERED = Path(__file__).parents[2] / "manifests" / "team" / "rendered"
EXAMPLE: dict[str, Any] = {"cpu": "48", "memory": "200g", "executors": 10}
"""What `make manifests` asks for."""

KINDS = [
    *("Namespace", "ServiceAccount", "ServiceAccount", "ServiceAccount"),
    *("Role", "RoleBinding", "Role", "RoleBinding", "ResourceQuota", "LimitRange"),
]
DRIVER_MAY = {
    "pods": {"get", "list", "watch", "create", "delete", "deletecollection"},
    "configmaps": {"create", "deletecollection"},
    "services": {"deletecollection"},
    "persistentvolumeclaims": {"list", "create", "deletecollection"},
}
SEES = {"pods/log": {"get"}, "events": {"list"}, "resourcequotas": {"get", "list"}}
LAUNCHER_MAY = {
    "sparkapplications": {"get", "list", "watch", "create", "delete"},
    "pods": {"get", "list", "watch", "delete"},
    **SEES,
}
LAUNCHER_MAY_WITHOUT_OPERATOR = {
    "pods": {"get", "list", "watch", "create", "delete"},
    "services": {"create", "patch"},
    "sparkapplications": {"get", "list"},
    "configmaps": {"create", "patch"},
    **SEES,
}


def profile_with(name: str = "kind", **settings: object) -> Profile:
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    return load_profile(name, overrides=overrides, variables={})


def place(
    name: str = "kind", settings: dict[str, object] | None = None, **asked: Any
) -> list[dict[str, Any]]:
    return team("growth", profile_with(name, **(settings or {})), **{**EXAMPLE, **asked})


def one(documents: list[dict[str, Any]], kind: str, name: str | None = None) -> Any:
    (found,) = [
        document
        for document in documents
        if document["kind"] == kind and name in {None, document["metadata"]["name"]}
    ]
    return found


def rights(documents: list[dict[str, Any]], role: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rule in one(documents, "Role", role)["rules"]:
        for resource in rule["resources"]:
            assert resource not in found
            found[resource] = set(rule["verbs"])
    return found


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_files_are_what_team_add_writes(name: str) -> None:
    committed = (RENDERED / f"{name}.yaml").read_text(encoding="utf-8")

    assert committed == to_text(place(name)), "run `make manifests`"


@pytest.mark.parametrize("name", CLUSTERS)
def test_documents_come_in_the_order_in_which_they_are_applied(name: str) -> None:
    documents = place(name)

    kinds = [document["kind"] for document in documents]
    assert kinds[: len(KINDS)] == KINDS
    assert set(kinds[len(KINDS) :]) == {"NetworkPolicy"}
    assert {document["metadata"].get("namespace") for document in documents[1:]} == {"growth"}
    assert {document["metadata"]["labels"]["featurestore/team"] for document in documents} == {"growth"}


def test_the_namespace_refuses_what_is_not_restricted() -> None:
    labels = one(place(), "Namespace")["metadata"]["labels"]

    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.34"
    assert labels["app.kubernetes.io/part-of"] == "featurestore"


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("aws", {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/featurestore"}),
        ("azure", {"azure.workload.identity/client-id": "00000000-0000-0000-0000-000000000000"}),
        ("gcp", {"iam.gke.io/gcp-service-account": "featurestore@my-project.iam.gserviceaccount.com"}),
        ("onprem", None),
        ("kind", None),
    ],
)
def test_those_who_read_the_lake_have_the_clouds_identity(
    name: str, annotation: dict[str, str] | None
) -> None:
    documents = place(name)

    for account in ("spark-driver", "spark-executor", "featurestore-launcher"):
        assert one(documents, "ServiceAccount", account)["metadata"].get("annotations") == annotation


def test_an_identity_without_an_annotation_has_none() -> None:
    settings: dict[str, object] = {"identity__kind": "aws-pod-identity"}

    account = one(place("aws", settings), "ServiceAccount", "spark-driver")
    assert "annotations" not in account["metadata"]


def test_an_executor_has_no_token_and_no_rights() -> None:
    documents = place()

    mounted = {
        document["metadata"]["name"]: document["automountServiceAccountToken"]
        for document in documents
        if document["kind"] == "ServiceAccount"
    }
    bound = [document["subjects"] for document in documents if document["kind"] == "RoleBinding"]
    assert mounted == {"spark-driver": True, "spark-executor": False, "featurestore-launcher": True}
    assert [[subject["name"] for subject in subjects] for subjects in bound] == [
        ["spark-driver"],
        ["featurestore-launcher"],
    ]


def test_a_role_is_bound_to_the_account_of_its_profile() -> None:
    settings: dict[str, object] = {"driver__service_account": "mine", "executors__service_account": "theirs"}
    documents = place("kind", settings)

    binding = one(documents, "RoleBinding", "featurestore-driver")
    assert binding["roleRef"]["name"] == "featurestore-driver"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "mine", "namespace": "growth"}]
    assert one(documents, "ServiceAccount", "theirs")["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("role", "runner", "allowed"),
    [
        ("featurestore-driver", "operator", DRIVER_MAY),
        ("featurestore-driver", "native", DRIVER_MAY),
        ("featurestore-launcher", "operator", LAUNCHER_MAY),
        ("featurestore-launcher", "native", LAUNCHER_MAY_WITHOUT_OPERATOR),
    ],
)
def test_a_role_may_do_what_it_does_and_nothing_else(
    role: str, runner: str, allowed: dict[str, set[str]]
) -> None:
    assert rights(place(settings={"kubernetes__runner": runner}), role) == allowed


@pytest.mark.parametrize("runner", ["operator", "native"])
@pytest.mark.parametrize("name", CLUSTERS)
def test_nothing_stands_for_everything(name: str, runner: str) -> None:
    assert [text for text in texts(place(name, {"kubernetes__runner": runner})) if "*" in text] == []


@pytest.mark.parametrize("name", ["a", "1", "null", "growth-2", "a" * 40])
def test_a_name_stays_a_text(name: str) -> None:
    documents = list(yaml.safe_load_all(to_text(team(name, profile_with(), **EXAMPLE))))

    assert documents[0]["metadata"]["name"] == name


@pytest.mark.parametrize(
    "name", ["", "default", "kube-system", "kube-", "Growth", "a_b", "-a", "a-", "a" * 41, "a\nb", "a: b"]
)
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="NAME: expected small letters"):
        team(name, profile_with(), **EXAMPLE)


@pytest.mark.parametrize(
    "text", ["{{ 7 * 7 }}", "a: b", "\n---\nkind: Pod\n", "'", '"', "!!python/none", "*a", "# x", "null"]
)
def test_a_principal_that_means_something_elsewhere_stays_a_text(text: str) -> None:
    documents = list(yaml.safe_load_all(to_text(place("aws", {"identity__principal": text}))))

    assert [document["kind"] for document in documents] == [document["kind"] for document in place("aws")]
    account = one(documents, "ServiceAccount", "spark-driver")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": text}


@pytest.mark.parametrize("account", ["default", "featurestore-launcher", "spark-driver"])
def test_each_role_has_an_account_of_its_own(account: str) -> None:
    with pytest.raises(InvalidSetting, match=r"executors\.service_account"):
        place("kind", {"executors__service_account": account})


def test_a_profile_without_a_cluster_has_no_teams() -> None:
    with pytest.raises(MissingSetting, match=r"kubernetes\.namespace"):
        place("local")


def test_a_folder_gives_the_same_documents(tmp_path: Path) -> None:
    documents = place("gcp")
    for name, text in files_of(documents).items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert {path.name for path in tmp_path.iterdir()} == {"team.yaml", KUSTOMIZATION}
    assert by_name(built(tmp_path)) == by_name(documents)


def by_name(documents: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}
