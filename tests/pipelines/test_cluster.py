"""What an API server is asked, and what becomes of its answers."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ClusterRefused, ClusterUnreachable, MissingPart
from pipelines.cluster import Cluster, quantity
from tests.helpers.cluster_objects import application, driver, event, job, profile_in, quota
from tests.helpers.next_moves import next_move
from tests.helpers.scripted_api import (
    APPLICATIONS,
    EVENTS,
    HANG_UP,
    NAMESPACE,
    PODS,
    QUOTAS,
    Cut,
    Refusal,
    ScriptedApi,
)
from tests.helpers.scripted_http import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASK: dict[str, Callable[[Cluster], object]] = {
    "application": lambda cluster: cluster.application("a"),
    "applications": lambda cluster: cluster.applications({}),
    "create": lambda cluster: cluster.create_application({"metadata": {"name": "a"}}),
    "delete": lambda cluster: cluster.delete_application("a"),
    "pod": lambda cluster: cluster.pod("a"),
    "pods": lambda cluster: cluster.pods({}),
    "delete pod": lambda cluster: cluster.delete_pod("a"),
    "events": lambda cluster: cluster.events("a"),
    "quotas": lambda cluster: cluster.quotas(),
    "log": lambda cluster: list(cluster.log("a", container="c", follow=False)),
}


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


def test_an_application_is_made_once_read_listed_and_deleted(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    name = manifest["metadata"]["name"]

    assert cluster.application(name) is None
    assert cluster.create_application(manifest)
    assert not cluster.create_application(manifest)
    found = cluster.application(name)
    assert found is not None
    assert found["spec"] == manifest["spec"]
    assert [one["metadata"]["name"] for one in cluster.applications({"featurestore/run": "r1"})] == [name]
    assert cluster.applications({"featurestore/run": "another"}) == []
    assert cluster.delete_application(name)
    assert not cluster.delete_application(name)


def test_pods_are_found_by_all_labels_that_are_asked_for(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    pod = api.put(PODS, driver(manifest))
    name = pod["metadata"]["name"]

    assert cluster.pods({"featurestore/run": "r1", "spark-role": "driver"}) == [pod]
    assert cluster.pods({"featurestore/run": "r1", "spark-role": "executor"}) == []
    assert cluster.pod(name) == pod
    assert (cluster.delete_pod(name), cluster.delete_pod(name), cluster.pod(name)) == (True, False, None)


def test_what_is_owned_goes_after_its_owner_and_is_not_waited_for(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    api.put(APPLICATIONS, application(manifest))

    cluster.delete_application(manifest["metadata"]["name"])
    cluster.delete_pod("a")

    assert [one.query["propagationPolicy"] for one in api.asked] == ["Background"] * 2


def test_events_come_oldest_first(api: ScriptedApi, cluster: Cluster) -> None:
    for at in ("2", "3", "1"):
        api.put(EVENTS, event("a", f"at {at}", at=at))
    api.put(EVENTS, event("b", "of another"))
    bare = event("a", "when it was made", at="4")
    del bare["lastTimestamp"]
    api.put(EVENTS, bare)

    assert [one["message"] for one in cluster.events("a")] == ["at 1", "at 2", "when it was made", "at 3"]


def test_quotas_say_what_is_used(api: ScriptedApi, cluster: Cluster) -> None:
    api.put(QUOTAS, quota({"pods": "4"}, {"pods": "1"}))

    assert [one["status"]["used"] for one in cluster.quotas()] == [{"pods": "1"}]


def test_a_cluster_without_the_operator_has_no_applications_and_takes_none(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    del api.things[APPLICATIONS]

    assert cluster.application("a") is None
    assert cluster.applications({}) == []
    assert not cluster.delete_application("a")
    with pytest.raises(ClusterRefused, match=r"knows no sparkapplications\.sparkoperator") as raised:
        cluster.create_application(manifest)
    assert raised.value.status == 404


@pytest.mark.parametrize("call", ASK)
@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_refusal_is_told_in_the_servers_own_words(
    status: int, call: str, api: ScriptedApi, cluster: Cluster
) -> None:
    api.on("*", Refusal(status, "pods is forbidden: exceeded quota."))

    with pytest.raises(ClusterRefused, match="exceeded quota") as raised:
        ASK[call](cluster)

    assert raised.value.status == status
    assert next_move(raised.value)


@pytest.mark.parametrize("call", ASK)
@pytest.mark.parametrize("answer", [HANG_UP, Refusal(429), Refusal(500), Refusal(503)], ids=str)
def test_a_server_that_cannot_just_now_is_away_and_asked_once(
    answer: Refusal, call: str, api: ScriptedApi, cluster: Cluster
) -> None:
    api.on("*", answer, always=True)

    with pytest.raises(ClusterUnreachable) as raised:
        ASK[call](cluster)

    assert raised.value.server.startswith("http://127.0.0.1:")
    assert next_move(raised.value)
    assert len(api.asked) == 1


def test_a_port_of_nobody_and_one_that_speaks_no_tls_are_away(
    api: ScriptedApi, tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ClusterUnreachable, match=r"127\.0\.0\.1:1"):
        Cluster(namespace=NAMESPACE, context="nowhere").quotas()

    path = write_kubeconfig(tmp_path / "tls", cluster.server.replace("http:", "https:"))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    with pytest.raises(ClusterUnreachable, match="SSL"):
        Cluster(namespace=NAMESPACE).quotas()


@pytest.mark.parametrize(
    "answer",
    [Refusal(200, text='{"items": [', missing=100), Refusal(200, text="<html>Sign in</html>")],
    ids=["broken off", "of another server"],
)
def test_an_answer_that_is_none_is_a_server_that_is_away(
    answer: Refusal, api: ScriptedApi, cluster: Cluster
) -> None:
    api.on("*", answer)

    with pytest.raises(ClusterUnreachable):
        cluster.quotas()


def test_a_log_has_its_times_and_can_begin_later(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    name = api.put(PODS, driver(manifest, "Succeeded"))["metadata"]["name"]
    api.logs[name] = ["2020-01-01T00:00:00.000000000Z old\n"]
    api.write(name, "one two", "", "drei früh")

    whole = list(cluster.log(name, container="c", follow=False))
    late = list(cluster.log(name, container="c", follow=False, since=60))

    assert [text.partition("Z ")[2] for text in whole] == ["old", "one two", "", "drei früh"]
    assert late == whole[1:]
    assert list(cluster.log("nobody", container="c", follow=False)) == []
    assert api.asked[0].query["container"] == "c"


def test_a_line_that_may_be_a_part_of_one_is_no_line_for_who_follows(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    name = api.put(PODS, driver(manifest, "Succeeded"))["metadata"]["name"]
    api.write(name, "first", "second")
    api.cuts.append(Cut(len(api.logs[name][0]) + 33, clean=True))

    (only,) = cluster.log(name, container="c", follow=True)

    assert only.endswith("Z first")


@pytest.mark.parametrize("follow", [True, False])
def test_a_log_that_is_cut_is_a_server_that_is_away(
    follow: bool, api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    name = api.put(PODS, driver(manifest, "Succeeded"))["metadata"]["name"]
    api.write(name, "first", "second")
    api.cuts.append(Cut(len(api.logs[name][0]) + 33))
    got = cluster.log(name, container="c", follow=follow)

    assert next(got).endswith("Z first")
    with pytest.raises(ClusterUnreachable):
        next(got)


def test_a_log_that_is_silent_for_long_is_a_server_that_is_away(
    api: ScriptedApi, manifest: dict[str, Any]
) -> None:
    name = api.put(PODS, driver(manifest, "Running"))["metadata"]["name"]
    hurried = Cluster(namespace=NAMESPACE, answer_seconds=0.1)

    with pytest.raises(ClusterUnreachable):
        list(hurried.log(name, container="c", follow=True))


def test_a_log_that_is_read_at_once_may_lack_its_end(
    api: ScriptedApi, cluster: Cluster, manifest: dict[str, Any]
) -> None:
    name = api.put(PODS, driver(manifest, "Succeeded"))["metadata"]["name"]
    api.write(name, "without its end", end="")

    assert len(list(cluster.log(name, container="c", follow=False))) == 1


def test_a_context_that_is_not_there_is_named(api: ScriptedApi) -> None:
    with pytest.raises(MissingPart, match="elsewhere") as raised:
        Cluster(namespace=NAMESPACE, context="elsewhere").quotas()

    assert next_move(raised.value).startswith("Set KUBECONFIG")


def test_a_machine_without_the_client_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)

    with pytest.raises(MissingPart, match=r"Install `featurestore\[kubernetes\]`"):
        Cluster(namespace=NAMESPACE).quotas()


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", Decimal("0.5")), ("2", Decimal(2)), ("2Gi", Decimal(2**31)), ("1G", Decimal(10**9))],
)
def test_a_quantity_is_a_number(text: str, number: Decimal) -> None:
    assert quantity(text) == number
