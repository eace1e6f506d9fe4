"""A team's network policies, asked as a network would ask them: policies add up, and what none allows is refused."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from featurestore.config import load_profile
from pipelines.team import team
from tests.helpers.profiles import CLUSTERS

DRIVER, EXECUTOR, OTHER = {"spark-role": "driver"}, {"spark-role": "executor"}, {"app": "pipeline"}
METADATA = [("169.254.169.254", 80), ("fd00:ec2::254", 80), ("fd20:ce::254", 80), ("168.63.129.16", 80)]
STORES = [("52.216.1.1", 443), ("10.1.2.3", 9092), ("2600:1f18::1", 443)]


def policies(name: str = "aws", **settings: object) -> list[dict[str, Any]]:
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    profile = load_profile(name, overrides=overrides, variables={})
    documents = team("growth", profile, cpu="48", memory="200g")
    return [document["spec"] for document in documents if document["kind"] == "NetworkPolicy"]


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    among = all(
        (labels.get(rule["key"]) in rule["values"]) is (rule["operator"] == "In")
        for rule in selector.get("matchExpressions", [])
    )
    return exact and among


def port_allowed(rule: dict[str, Any], port: int, protocol: str) -> bool:
    return "ports" not in rule or any(
        one["protocol"] == protocol and one.get("port", port) == port for one in rule["ports"]
    )


def inside(block: dict[str, Any], address: str) -> bool:
    def within(cidr: str) -> bool:
        return ip_address(address) in ip_network(cidr)

    return within(block["cidr"]) and not any(within(cidr) for cidr in block.get("except", []))


def goes_out(
    found: list[dict[str, Any]], labels: dict[str, str], address: str, port: int, protocol: str = "TCP"
) -> bool:
    """To an address outside of the cluster."""
    return any(
        "to" not in rule or any("ipBlock" in peer and inside(peer["ipBlock"], address) for peer in rule["to"])
        for policy in found
        if "Egress" in policy["policyTypes"] and selects(policy["podSelector"], labels)
        for rule in policy.get("egress", [])
        if port_allowed(rule, port, protocol)
    )


def comes_in(
    found: list[dict[str, Any]], labels: dict[str, str], port: int, *, pod: Any = None, namespace: Any = None
) -> bool:
    """From a pod of the same namespace, or from a namespace with these labels."""
    return any(
        (pod is not None and "podSelector" in peer and selects(peer["podSelector"], pod))
        or (
            namespace is not None
            and "namespaceSelector" in peer
            and selects(peer["namespaceSelector"], namespace)
        )
        for policy in found
        if "Ingress" in policy["policyTypes"] and selects(policy["podSelector"], labels)
        for rule in policy.get("ingress", [])
        if port_allowed(rule, port, "TCP")
        for peer in rule["from"]
    )


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_pod_is_shut_in_both_directions_before_anything_is_allowed(name: str) -> None:
    assert policies(name)[0] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize(
    ("to", "port", "comer", "allowed"),
    [
        (DRIVER, 7078, EXECUTOR, True),
        (DRIVER, 7079, EXECUTOR, True),
        (DRIVER, 4040, EXECUTOR, False),
        (DRIVER, 7078, OTHER, False),
        (DRIVER, 7078, DRIVER, False),
        (EXECUTOR, 41_873, EXECUTOR, True),
        (EXECUTOR, 41_873, DRIVER, True),
        (EXECUTOR, 41_873, OTHER, False),
        (OTHER, 80, DRIVER, False),
        (OTHER, 80, OTHER, False),
    ],
)
def test_sparks_own_pods_reach_one_another_and_nobody_else_does(
    to: dict[str, str], port: int, comer: dict[str, str], allowed: bool
) -> None:
    assert comes_in(policies(), to, port, pod=comer) is allowed


def test_metrics_are_scraped_from_where_monitoring_is_and_nothing_else_is_seen_from_there() -> None:
    found, monitoring = policies(), {"featurestore/monitoring": "true"}

    assert comes_in(found, DRIVER, 4040, namespace=monitoring)
    assert not comes_in(found, DRIVER, 7078, namespace=monitoring)
    assert not comes_in(found, EXECUTOR, 4040, namespace=monitoring)
    assert not comes_in(found, DRIVER, 4040, namespace={"kubernetes.io/metadata.name": "other"})


@pytest.mark.parametrize("labels", [DRIVER, EXECUTOR, OTHER], ids=["driver", "executor", "other"])
@pytest.mark.parametrize("name", CLUSTERS)
def test_stores_and_brokers_are_reached_and_names_are_resolved(name: str, labels: dict[str, str]) -> None:
    found = policies(name)

    assert all(goes_out(found, labels, address, port) for address, port in STORES)
    for server in ("10.96.0.10", "169.254.20.10", "169.254.169.254"):
        assert goes_out(found, labels, server, 53, "UDP")
    assert any(
        {"namespaceSelector": {}} in rule.get("to", []) for one in found for rule in one.get("egress", [])
    )


@pytest.mark.parametrize("labels", [DRIVER, EXECUTOR, OTHER], ids=["driver", "executor", "other"])
@pytest.mark.parametrize("name", [name for name in CLUSTERS if name != "gcp"])
def test_nobody_gets_the_identity_of_the_node(name: str, labels: dict[str, str]) -> None:
    found = policies(name)

    assert [address for address, port in METADATA if goes_out(found, labels, address, port)] == []


def test_gke_gives_tokens_to_those_who_read_the_lake() -> None:
    found = policies("gcp")

    for address, port in (("169.254.169.254", 80), ("169.254.169.252", 988)):
        assert goes_out(found, DRIVER, address, port)
        assert goes_out(found, EXECUTOR, address, port)
        assert not goes_out(found, OTHER, address, port)


def test_eks_pod_identity_reaches_its_agent_and_not_the_nodes_metadata() -> None:
    found = policies("aws", identity__kind="aws-pod-identity", identity__principal=None)

    for agent in ("169.254.170.23", "fd00:ec2::23"):
        assert goes_out(found, EXECUTOR, agent, 80)
        assert not goes_out(found, OTHER, agent, 80)
        assert not goes_out(policies("aws"), EXECUTOR, agent, 80)
    assert not goes_out(found, EXECUTOR, "169.254.169.254", 80)


def test_the_api_server_is_named_for_all_but_executors() -> None:
    api_server = {"protocol": "TCP", "port": 6443}
    (named,) = [
        policy
        for policy in policies()
        if any(api_server in rule.get("ports", []) for rule in policy.get("egress", []))
    ]

    assert selects(named["podSelector"], DRIVER)
    assert selects(named["podSelector"], OTHER)
    assert not selects(named["podSelector"], EXECUTOR)
    assert [rule.keys() for rule in named["egress"]] == [{"ports"}]
