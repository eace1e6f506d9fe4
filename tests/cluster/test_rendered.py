"""Rendered manifests before a real API server, and the pods that Spark would make of them."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from featurestore.config import load_profile
from featurestore.doctor.finding import Outcome
from pipelines.cluster_doctor import cluster
from pipelines.native_submit import native_submission
from pipelines.sizes import DRIVER, EXECUTOR, pod_size
from tests.helpers.crds import crd_files
from tests.helpers.kubectl import Kubectl, administrator
from tests.helpers.missing import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parents[2]
RENDERED = ROOT / "manifests" / "sparkapplication" / "rendered"
PROFILES = sorted(path.name for path in RENDERED.iterdir())
FEATURESTORE = Path(sys.executable).parent / "featurestore"


@pytest.fixture(scope="module")
def kubectl() -> Kubectl:
    found = administrator()
    if found.run("get", "crd", "sparkapplications.sparkoperator.k8s.io").returncode:
        files = crd_files()
        if not files:
            missing("no CRDs of the Spark Operator, neither in the cluster nor beside the checkout")
        for file in files:
            found.ok("apply", "--server-side", "--filename", str(file))
    return found


@pytest.fixture(scope="module")
def namespace(kubectl: Kubectl) -> Iterator[str]:
    """One whose pods meet the standard `restricted`, and have the accounts that manifests name."""
    name = f"rendered-{secrets.token_hex(4)}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    ]
    documents += [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": one, "namespace": name}}
        for one in ("spark-driver", "spark-executor")
    ]
    kubectl.ok("apply", "--filename", "-", given=documents)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


def manifests(profile: str) -> list[dict[str, Any]]:
    paths = sorted((RENDERED / profile).glob("*.yaml"))
    documents = [one for path in paths for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    return [one for one in documents if one and one.get("kind") == "SparkApplication"]


@pytest.mark.parametrize("runner", ["operator", "native"])
def test_the_doctor_finds_that_an_administrator_may_do_what_a_runner_does(
    kubectl: Kubectl, namespace: str, runner: str
) -> None:
    given = {"kubernetes.namespace": namespace, "kubernetes.runner": runner}

    rights, *operator = cluster(load_profile("kind", overrides=given, variables={}))

    assert (rights.check, rights.outcome) == ("kubernetes", Outcome.PASS)
    # Whether an operator runs just now is up to other tests; its kinds are there.
    assert [one.outcome is Outcome.FAIL for one in operator] == ([False] if runner == "operator" else [])


@pytest.mark.parametrize("profile", PROFILES)
def test_the_api_server_accepts_every_rendered_manifest_strictly(
    kubectl: Kubectl, namespace: str, profile: str
) -> None:
    found = [_moved(one, namespace) for one in manifests(profile)]

    said = kubectl.ok(
        *("apply", "--dry-run=server", "--validate=strict", "--server-side", "--filename", "-"), given=found
    )

    assert len(found) > 10
    assert said.count("serverside-applied (server dry run)") == len(found)


def test_a_field_that_nobody_knows_is_refused(kubectl: Kubectl, namespace: str) -> None:
    manifest = _moved(manifests("aws")[0], namespace)
    manifest["spec"]["driver"]["coers"] = 1

    done = kubectl.run(
        *("apply", "--dry-run=server", "--validate=strict", "--server-side", "--filename", "-"),
        given=manifest,
    )

    assert done.returncode != 0
    assert "coers" in done.stderr


def test_what_the_command_renders_goes_through_kubectl(kubectl: Kubectl, namespace: str) -> None:
    words = ["manifests", "render", "--all", "--profile", "aws", "--set", f"kubernetes.namespace={namespace}"]
    text = subprocess.run([str(FEATURESTORE), *words], check=True, capture_output=True, text=True).stdout

    said = kubectl.ok("apply", "--dry-run=server", "--filename", "-", given=list(yaml.safe_load_all(text)))

    assert said.count("created (server dry run)") == text.count("kind: SparkApplication") > 10


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("role", [DRIVER, EXECUTOR])
def test_pods_of_every_manifest_are_admitted_under_restricted(
    kubectl: Kubectl, namespace: str, profile: str, role: str
) -> None:
    pods = [_pod(_moved(one, namespace), role) for one in manifests(profile)]

    said = kubectl.ok("create", "--dry-run=server", "--filename", "-", given=pods)

    assert said.count("created (server dry run)") == len(pods)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("runAsNonRoot", False, "runAsNonRoot"),
        ("allowPrivilegeEscalation", True, "allowPrivilegeEscalation"),
        ("capabilities", {"add": ["SYS_ADMIN"]}, "capabilities"),
        ("seccompProfile", {"type": "Unconfined"}, "seccompProfile"),
    ],
)
def test_a_bad_pod_is_refused(
    kubectl: Kubectl, namespace: str, field: str, value: object, reason: str
) -> None:
    manifest = _moved(manifests("kind")[0], namespace)
    manifest["spec"][DRIVER]["securityContext"][field] = value

    refused = kubectl.refused("create", "--dry-run=server", "--filename", "-", given=_pod(manifest, DRIVER))

    assert 'violates PodSecurity "restricted' in refused
    assert reason in refused


def _moved(manifest: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}


def _pod(manifest: dict[str, Any], role: str) -> dict[str, Any]:
    """The pod of a role: its template, laid over by what Spark sets itself (size, names, labels, environment)."""
    submission = native_submission(
        manifest, spark_submit=Path("spark-submit"), server="https://nowhere", context=None, folder=Path("/")
    )
    pod: dict[str, Any] = yaml.safe_load(submission.templates[f"{role}.yaml"])
    metadata, stated, size = manifest["metadata"], manifest["spec"][role], pod_size(manifest, role)
    memory = f"{size.memory_mib}Mi"
    (container,) = pod["spec"]["containers"]
    resources = container.setdefault("resources", {})
    resources["requests"] = {"cpu": f"{size.cpu_millis}m", "memory": memory}
    resources.setdefault("limits", {})["memory"] = memory
    container |= {"image": manifest["spec"]["image"], "env": stated["env"], "args": [role]}
    container["imagePullPolicy"] = manifest["spec"]["imagePullPolicy"]
    pod["metadata"] = {
        "name": f"{metadata['name']}-{role}",
        "namespace": metadata["namespace"],
        "labels": {**stated["labels"], "spark-role": role},
        "annotations": stated["annotations"],
    }
    pod["spec"] |= {
        "serviceAccountName": stated["serviceAccount"],
        "nodeSelector": stated.get("nodeSelector", {}),
        "restartPolicy": "Never",
    }
    return pod
