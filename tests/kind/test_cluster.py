"""A real cluster of `kind/processes/up.sh` with its services, which must run already."""

from __future__ import annotations

import base64
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import HTTPSHandler, ProxyHandler, build_opener
from uuid import uuid4

import pytest
import yaml

from tests.helpers.cluster import Cluster, running_cluster
from tests.helpers.kind import KIND, ROOT, objects, service_address

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cluster

APPLICATION = ROOT / "manifests" / "sparkapplication" / "rendered" / "kind" / "apply.yaml"
SAFE = {
    "runAsNonRoot": True,
    "runAsUser": 185,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
REQUESTS, AT_ONCE = 400, 50


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = running_cluster(f"kind-test-{uuid4().hex[:8]}")
    yield cluster
    cluster.kubectl("delete", "namespace", cluster.namespace, "--wait=false")


@pytest.fixture(scope="module")
def reach(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an image whose program tries addresses."""
    return cluster.import_program("reach", tmp_path_factory.mktemp("reach"))


def pod(name: str, image: str, *arguments: str, **security: Any) -> dict[str, Any]:
    container = {"name": "main", "image": image, "args": list(arguments), "securityContext": security}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }


def test_pods_reach_what_listens_here_by_the_names_of_the_profile(cluster: Cluster, reach: str) -> None:
    services = objects(KIND / "processes" / "services.yaml")
    addresses = [service_address(item) for item in services if item["kind"] == "Service"]
    running = [
        address
        for address in addresses
        if (cluster.folder / "run" / "redis.pid").exists() or "redis" not in address
    ]
    cluster.apply(pod("reach", reach, *running, "kubernetes.default.svc:443", **SAFE))

    ended = cluster.pod_when("reach", phases=("Succeeded", "Failed"))
    said = cluster.kubectl("logs", "reach").stdout
    assert ended["status"]["phase"] == "Succeeded", said
    assert said.count(" reached at 10.96.") == len(running) + 1


def test_a_pod_that_may_be_root_is_refused_in_a_teams_namespace(cluster: Cluster, reach: str) -> None:
    done = cluster.apply(pod("unsafe", reach))

    assert done.returncode == 1
    assert 'violates PodSecurity "restricted:' in done.stderr


def test_the_operator_makes_a_driver_with_what_the_webhook_adds(cluster: Cluster, reach: str) -> None:
    (application,) = objects(APPLICATION)
    application["metadata"].update(name="webhook", namespace=cluster.namespace)
    application["spec"].update(image=reach, restartPolicy={"type": "Never"})
    assert cluster.apply(application).returncode == 0

    driver = cluster.pod_when("webhook-driver", phases=("Pending", "Running", "Succeeded", "Failed"))
    asked = application["spec"]["driver"]
    (container,) = driver["spec"]["containers"]
    assert container["envFrom"] == asked["envFrom"]
    assert container["securityContext"] == asked["securityContext"]
    assert driver["spec"]["securityContext"] == asked["podSecurityContext"]
    assert driver["metadata"]["ownerReferences"][0]["kind"] == "SparkApplication"


def test_an_application_that_its_schema_does_not_know_is_refused(cluster: Cluster) -> None:
    (application,) = objects(APPLICATION)
    application["metadata"].update(name="unknown", namespace=cluster.namespace)
    application["spec"]["mode"] = "somewhere"
    done = cluster.apply(application)

    assert done.returncode == 1
    assert "spec.mode" in done.stderr


@pytest.mark.parametrize("name", ["minio", "kafka", "redis"])
def test_pods_of_the_cluster_in_docker_would_be_admitted_here(name: str, cluster: Cluster) -> None:
    manifests = objects(KIND / "services" / f"{name}.yaml")
    (template,) = [item["spec"]["template"] for item in manifests if item["kind"] == "Deployment"]
    done = cluster.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]},
        "--dry-run=server",
    )

    assert (done.returncode, done.stderr) == (0, "")
    whole = cluster.kubectl(
        "apply", "--dry-run=server", f"--filename={KIND / 'services' / name}.yaml", f"--namespace={name}"
    )
    assert whole.returncode == 0, whole.stderr


@pytest.mark.parametrize(
    ("who", "what", "allowed"),
    [
        ("spark-operator-controller", ("create", "pods"), "yes"),
        ("spark-operator-controller", ("get", "secrets"), "no"),
        ("spark-operator-controller", ("create", "clusterrolebindings"), "no"),
        ("spark-operator-webhook", ("list", "sparkapplications"), "yes"),
        ("spark-operator-webhook", ("create", "pods"), "no"),
        ("spark-operator-webhook", ("get", "secrets"), "no"),
        ("system:serviceaccount:{namespace}:spark-driver", ("create", "pods"), "yes"),
        ("system:serviceaccount:{namespace}:spark-driver", ("get", "secrets"), "no"),
        ("system:serviceaccount:{namespace}:spark-executor", ("get", "pods"), "no"),
        ("coredns", ("list", "services"), "yes"),
        ("coredns", ("list", "secrets"), "no"),
    ],
)
def test_each_may_do_what_it_does_and_no_more(
    who: str, what: tuple[str, str], allowed: str, cluster: Cluster
) -> None:
    done = cluster.kubectl("auth", "can-i", *what, f"--as={who.format(namespace=cluster.namespace)}")

    assert done.stdout.strip() == allowed


def test_credentials_are_in_a_file_of_their_own_and_in_no_command_line(cluster: Cluster) -> None:
    file = cluster.folder / "lake-credentials.env"
    pairs = dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(pairs) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert [value for value in pairs.values() if value.encode() in b"\n".join(commands)] == []


def test_many_requests_at_once_are_all_answered(cluster: Cluster, tmp_path: Path) -> None:
    config = yaml.safe_load((cluster.folder / "admin.kubeconfig").read_text(encoding="utf-8"))
    server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    for name in ("client-certificate-data", "client-key-data"):
        (tmp_path / name).write_bytes(base64.b64decode(user[name]))
    context = ssl.create_default_context(
        cadata=base64.b64decode(server["certificate-authority-data"]).decode()
    )
    context.load_cert_chain(tmp_path / "client-certificate-data", tmp_path / "client-key-data")
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def ask(_: int) -> int:
        with opener.open(f"{server['server']}/api/v1/pods?limit=50", timeout=60) as answer:
            status: int = answer.status
        return status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(ask, range(REQUESTS))) == [200] * REQUESTS
