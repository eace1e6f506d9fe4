"""A team's place on a real API server: what is refused there is refused by Kubernetes, not by our reading of it."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.step_requests import PlanRequest
from pipelines.sizes import DRIVER, EXECUTOR, pod_size
from pipelines.spark_application import spark_application
from pipelines.team import team
from tests.helpers.kubectl import Kubectl, administrator
from tests.helpers.missing import missing
from tests.helpers.waiting_pods import waiting_pod

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featurestore.config import Profile

pytestmark = pytest.mark.cluster

APPLICATIONS = 2
EACH = 2
LAUNCHER = "featurestore-launcher"
ACCOUNTS = ("spark-driver", "spark-executor", LAUNCHER)
SETTINGS = {"executors.instances": EACH, "limits.node_cpu": "1500m", "limits.node_memory": "4g"}
SECONDS = 60

MAY = {
    "spark-driver": [
        *("get pods", "list pods", "watch pods", "create pods", "delete pods", "deletecollection pods"),
        *("create configmaps", "deletecollection configmaps", "deletecollection services"),
        *(f"{verb} persistentvolumeclaims" for verb in ("list", "create", "deletecollection")),
    ],
    "spark-executor": [],
    LAUNCHER: [
        *(f"{verb} sparkapplications" for verb in ("get", "list", "watch", "create", "delete")),
        *("get pods", "list pods", "watch pods", "delete pods", "get pods/log", "list events"),
        *("get resourcequotas", "list resourcequotas"),
    ],
}
MAY_NOT = {
    "spark-driver": [
        *("get secrets", "list secrets", "patch pods", "create pods/exec", "get pods/log", "create services"),
        *("create serviceaccounts/token", "create rolebindings", "create sparkapplications", "update roles"),
        *("get configmaps", "delete resourcequotas", "patch networkpolicies", "patch namespaces"),
    ],
    "spark-executor": [
        *("create pods", "get pods", "list pods", "get configmaps", "get secrets", "list services"),
        *("create sparkapplications", "create persistentvolumeclaims"),
    ],
    LAUNCHER: [
        *("patch sparkapplications", "update sparkapplications", "deletecollection sparkapplications"),
        *("create pods", "patch pods", "create pods/exec", "get secrets", "create configmaps"),
        *("create services", "update resourcequotas", "create rolebindings", "create serviceaccounts/token"),
    ],
}


def table(rows: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(account, what) for account, whats in rows.items() for what in whats]


@pytest.fixture(scope="module")
def admin() -> Kubectl:
    return administrator()


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("kind", overrides=SETTINGS, variables={})


@pytest.fixture(scope="module")
def asked(profile: Profile) -> dict[str, Any]:
    """Room for two applications, to the last byte."""
    manifest = spark_application(PlanRequest(), profile)
    executors = pod_size(manifest, EXECUTOR).times(APPLICATIONS * EACH)
    whole = executors.plus(pod_size(manifest, DRIVER).times(APPLICATIONS))
    return {
        "cpu": f"{whole.cpu_millis}m",
        "memory": f"{whole.memory_mib}m",
        "executors": APPLICATIONS * EACH,
    }


@pytest.fixture(scope="module")
def documents(profile: Profile, asked: dict[str, Any]) -> list[dict[str, Any]]:
    return team(f"team-{secrets.token_hex(4)}", profile, **asked)


@pytest.fixture(scope="module")
def namespace(admin: Kubectl, documents: list[dict[str, Any]]) -> Iterator[str]:
    name: str = documents[0]["metadata"]["name"]
    try:
        admin.ok("apply", "--validate=strict", "--filename", "-", given=documents)
        counted = "--for=jsonpath={.status.used.pods}=0"
        admin.ok("wait", "resourcequota/featurestore", "--namespace", name, counted, f"--timeout={SECONDS}s")
        yield name
    finally:
        admin.ok("delete", "namespace", name, "--ignore-not-found", f"--timeout={SECONDS}s")


@pytest.fixture(scope="module")
def accounts(admin: Kubectl, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kubectl]:
    folder = tmp_path_factory.mktemp("accounts")
    return {account: admin.as_account(namespace, account, folder) for account in ACCOUNTS}


def create(namespace: str, *words: str) -> tuple[str, ...]:
    return ("create", "--namespace", namespace, "--filename", "-", *words)


def test_the_server_holds_what_was_rendered(
    admin: Kubectl, namespace: str, documents: list[dict[str, Any]]
) -> None:
    done = admin.run("diff", "--filename", "-", given=documents)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("account", "what"), table(MAY))
def test_an_account_may(admin: Kubectl, namespace: str, account: str, what: str) -> None:
    assert admin.can(namespace, account, what)


@pytest.mark.parametrize(("account", "what"), table(MAY_NOT))
def test_an_account_may_not(admin: Kubectl, namespace: str, account: str, what: str) -> None:
    assert not admin.can(namespace, account, what)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_has_the_rights_of_its_table_and_no_others(
    accounts: dict[str, Kubectl], namespace: str, account: str
) -> None:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    told = accounts[account].read(*create(namespace, "--validate=false"), given=review)["status"][
        "resourceRules"
    ]

    # Everybody may ask what they may do.
    own = [
        rule
        for rule in told
        if rule["apiGroups"] not in (["authorization.k8s.io"], ["authentication.k8s.io"])
    ]
    found = {f"{verb} {kind}" for rule in own for verb in rule["verbs"] for kind in rule["resources"]}
    assert found == set(MAY[account])


def test_an_executor_makes_no_pod(accounts: dict[str, Kubectl], namespace: str, profile: Profile) -> None:
    why = accounts["spark-executor"].refused(*create(namespace), given=waiting_pod(profile, EXECUTOR))

    assert "cannot create resource" in why


def test_a_driver_reads_no_secret(admin: Kubectl, accounts: dict[str, Kubectl], namespace: str) -> None:
    admin.ok("create", "secret", "generic", "mine", "--namespace", namespace, "--from-literal=a=b")

    why = accounts["spark-driver"].refused("get", "secret", "mine", "--namespace", namespace)

    assert "cannot get resource" in why


def test_an_account_has_no_rights_in_another_namespace(accounts: dict[str, Kubectl]) -> None:
    for account in ACCOUNTS:
        accounts[account].refused("get", "pods", "--namespace", "default")


def test_a_driver_clears_up_behind_itself(accounts: dict[str, Kubectl], namespace: str) -> None:
    driver = accounts["spark-driver"]

    for kind in ("pods", "configmaps", "services", "persistentvolumeclaims"):
        path = f"/api/v1/namespaces/{namespace}/{kind}?labelSelector=spark-app-selector%3Dspark-1"
        assert json.loads(driver.ok("delete", "--raw", path))["kind"].endswith("List")


def test_a_launcher_makes_applications_and_does_not_change_them(
    admin: Kubectl, accounts: dict[str, Kubectl], namespace: str, profile: Profile
) -> None:
    if admin.run("get", "crd", "sparkapplications.sparkoperator.k8s.io").returncode != 0:
        missing("no SparkApplication in this cluster")
    application = spark_application(PlanRequest(), profile)
    application["metadata"]["namespace"] = namespace

    made = accounts[LAUNCHER].ok(*create(namespace, "--dry-run=server"), given=application)
    why = accounts[LAUNCHER].refused("apply", "--server-side", "--filename", "-", given=application)

    assert "created" in made
    assert "cannot patch resource" in why


def test_the_quota_takes_as_many_pods_as_were_asked_for_and_no_more(
    accounts: dict[str, Kubectl], namespace: str, profile: Profile
) -> None:
    driver = accounts["spark-driver"]
    pods = [waiting_pod(profile, DRIVER, name=f"driver-{n}") for n in range(APPLICATIONS)]
    pods += [waiting_pod(profile, EXECUTOR, name=f"executor-{n}") for n in range(APPLICATIONS * EACH)]

    try:
        driver.ok(*create(namespace), given=pods)
        why = driver.refused(*create(namespace), given=waiting_pod(profile, EXECUTOR, name="one-too-many"))
    finally:
        driver.ok("delete", "pods", "--all", "--namespace", namespace, "--wait=false")

    for resource in ("pods", "requests.cpu", "requests.memory", "limits.memory"):
        assert f"{resource}=" in why
    assert "exceeded quota: featurestore" in why


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ({"runAsNonRoot": False, "runAsUser": 0}, "runAsNonRoot != true"),
        ({"privileged": True, "allowPrivilegeEscalation": True}, "privileged"),
        ({"capabilities": {"add": ["NET_ADMIN"]}}, "unrestricted capabilities"),
        ({"seccompProfile": {"type": "Unconfined"}}, "seccompProfile"),
    ],
)
def test_a_pod_that_is_not_restricted_is_refused(
    accounts: dict[str, Kubectl], namespace: str, profile: Profile, context: dict[str, Any], why: str
) -> None:
    bad = waiting_pod(profile, EXECUTOR, **context)

    told = accounts["spark-driver"].refused(*create(namespace, "--dry-run=server"), given=bad)

    assert 'violates PodSecurity "restricted:v1.34"' in told
    assert why in told


@pytest.mark.parametrize(("role", "mounted"), [(DRIVER, True), (EXECUTOR, False)])
def test_only_a_driver_has_a_token(
    admin: Kubectl, namespace: str, profile: Profile, role: str, mounted: bool
) -> None:
    made = admin_makes(admin, namespace, waiting_pod(profile, role))

    names = [volume["name"] for volume in made["spec"].get("volumes", [])]
    assert any(name.startswith("kube-api-access") for name in names) is mounted


def test_a_container_that_states_nothing_is_taken_and_one_beyond_the_biggest_node_is_not(
    admin: Kubectl, namespace: str, profile: Profile
) -> None:
    plain, huge = waiting_pod(profile, EXECUTOR), waiting_pod(profile, EXECUTOR)
    del plain["spec"]["containers"][0]["resources"]
    huge["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}

    resources = admin_makes(admin, namespace, plain)["spec"]["containers"][0]["resources"]
    why = admin.refused(*create(namespace, "--dry-run=server"), given=huge)

    assert resources["requests"] == {"cpu": "100m", "memory": "512Mi"}
    assert resources["limits"] == {"cpu": "1500m", "memory": "512Mi"}
    assert "maximum cpu usage per Container is 1500m" in why


def admin_makes(admin: Kubectl, namespace: str, wanted: dict[str, Any]) -> Any:
    """What would be made; the quota is asked again until it has counted what was deleted before."""
    end = time.monotonic() + SECONDS
    while True:
        done = admin.run(*create(namespace, "--dry-run=server", "--output", "json"), given=wanted)
        if "exceeded quota" not in done.stderr or time.monotonic() > end:
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
        time.sleep(1)


def test_a_launcher_without_the_operator_applies_a_drivers_settings(
    admin: Kubectl, profile: Profile, asked: dict[str, Any], tmp_path: Path
) -> None:
    native = load_profile("kind", overrides={**SETTINGS, "kubernetes.runner": "native"}, variables={})
    name = f"team-{secrets.token_hex(4)}"
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": name}}
    applied = ("apply", "--server-side", "--force-conflicts", "--filename", "-")

    try:
        admin.ok("apply", "--filename", "-", given=team(name, native, **asked))
        launcher = admin.as_account(name, LAUNCHER, tmp_path)
        launcher.ok(*applied, given={**settings, "data": {"a": "1"}})
        launcher.ok(*applied, given={**settings, "data": {"a": "2"}})
        launcher.ok(*create(name, "--dry-run=server"), given=waiting_pod(profile, DRIVER))
        assert admin.can(name, LAUNCHER, "list sparkapplications")
        assert not admin.can(name, LAUNCHER, "create sparkapplications")
        launcher.refused("delete", "configmap", "a", "--namespace", name)
    finally:
        admin.ok("delete", "namespace", name, "--ignore-not-found", f"--timeout={SECONDS}s")
