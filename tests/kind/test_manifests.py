"""What `kind/` puts into clusters, read as data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from tests.helpers.kind import KIND, MANIFESTS, objects, script_text, service_address

if TYPE_CHECKING:
    from pathlib import Path

IN_DOCKER = sorted((KIND / "services").glob("*.yaml"))
AS_PROCESSES = [KIND / "processes" / "services.yaml"]
DEPLOYMENTS = [item for item in objects(*IN_DOCKER) if item["kind"] == "Deployment"]


def version(pattern: str, name: str) -> str:
    found = re.search(pattern, script_text(name), re.MULTILINE)
    assert found, f"{pattern} in {name}"
    return found[1]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(KIND)))
def test_every_document_says_what_it_is(path: Path) -> None:
    assert objects(path)
    assert [item for item in objects(path) if not item.get("kind") or not item.get("apiVersion")] == []


@pytest.mark.parametrize("paths", [IN_DOCKER, AS_PROCESSES], ids=["in_docker", "as_processes"])
def test_both_clusters_know_services_by_the_names_of_the_profile(paths: list[Path]) -> None:
    profile = load_profile("kind", overrides={}, variables={})
    addresses = {service_address(item) for item in objects(*paths) if item["kind"] == "Service"}

    assert profile.storage.endpoint is not None
    assert addresses == {
        profile.storage.endpoint.removeprefix("http://"),
        profile.kafka.bootstrap,
        "redis.redis.svc:6379",
    }


def test_services_outside_the_cluster_lead_to_this_machine() -> None:
    slices = [item for item in objects(*AS_PROCESSES) if item["kind"] == "EndpointSlice"]
    services = [item for item in objects(*AS_PROCESSES) if item["kind"] == "Service"]

    assert [item["endpoints"][0]["addresses"] for item in slices] == [["10.244.0.1"]] * len(services)
    assert [item["ports"] for item in slices] == [item["spec"]["ports"] for item in services]
    assert [item["spec"].get("selector") for item in services] == [None] * len(services)


def test_every_image_has_a_version_that_stays() -> None:
    images = [
        re.findall(r"^\s*-?\s*image: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in KIND.rglob("*.yaml")
    ]
    names = sorted(image for found in images for image in found)

    assert [name.partition(":")[0] for name in names] == [
        "apache/kafka",
        "kindest/node",
        "minio/minio",
        "redis",
    ]
    assert [name for name in names if not re.search(r":[A-Zv]*[.]?\d[\w.-]+$", name)] == []


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda item: str(item["metadata"]["name"]))
def test_pods_meet_the_restricted_standard(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]) == {"requests", "limits"}


def test_no_manifest_holds_a_secret() -> None:
    assert [item["metadata"]["name"] for item in objects(*MANIFESTS) if item["kind"] == "Secret"] == []


def test_both_clusters_run_the_same_kubernetes_and_the_same_operator() -> None:
    kubernetes = version(r"^KUBERNETES=([\d.]+)$", "processes/up.sh")
    node = version(r"image: kindest/node:v([\d.]+)$", "cluster.yaml")

    assert f"require k8s.io/kubernetes v{kubernetes}\n" in script_text("processes/go.mod")
    assert node.rpartition(".")[0] == kubernetes.rpartition(".")[0]
    assert version(r"^OPERATOR=v([\d.]+)$", "processes/services.sh") == version(
        r"^OPERATOR=([\d.]+)$", "up.sh"
    )
