"""The log of a driver: every line once, however often its connection is cut."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from featurestore.errors import ClusterRefused, ClusterUnreachable
from featurestore.progress import listening
from pipelines.driver_log import DriverLog, lines_of
from tests.helpers.cluster_objects import driver, job, profile_in
from tests.helpers.scripted_api import HANG_UP, PODS, Cut, Refusal, ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.cluster import Cluster

TEXTS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=9), max_size=8)
CUTS = st.lists(st.builds(Cut, st.integers(0, 300), clean=st.booleans()), max_size=5)
PER_TEST = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return job(profile_in(tmp_path))


@pytest.fixture
def log(cluster: Cluster, tmp_path: Path) -> DriverLog:
    return DriverLog(cluster, tmp_path / "runs" / "driver.log")


def ended(api: ScriptedApi, manifest: dict[str, Any], *lines: str) -> dict[str, Any]:
    """A new driver, which wrote these lines and ended."""
    api.drop(PODS, f"{manifest['metadata']['name']}-driver")
    pod = api.put(PODS, driver(manifest, "Succeeded"))
    api.logs.pop(pod["metadata"]["name"], None)
    api.write(pod["metadata"]["name"], *lines)
    return pod


def told_by(log: DriverLog, pod: dict[str, Any] | None) -> list[str]:
    told: list[str] = []
    with listening(told.append):
        log.finish(pod)
    return told


def test_lines_are_told_and_kept_and_the_last_object_is_the_answer(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    pod = ended(api, manifest, '{"rows": 1}', "früh", "", "{broken", '{"rows": 2}', "[3]", "shutting down")

    assert told_by(log, pod) == ["früh", "", "{broken", "[3]", "shutting down"]
    assert log.answer == {"rows": 2}
    assert log.path.read_text().splitlines() == list(log.tail)
    assert log.tail[0] == '{"rows": 1}'


def cut_while_it_runs(api: ScriptedApi, cuts: list[Cut]) -> dict[str, Any]:
    """A driver that ends after as many connections as are cut, of which each has a part of its log."""
    manifest = {"metadata": {"name": "a"}, "spec": {"image": "b"}}
    size = len("".join(api.logs["a-driver"]).encode())
    api.cuts.clear()
    api.cuts.extend(Cut(min(cut.after, size), clean=cut.clean) for cut in cuts)
    pod = api.put(PODS, driver(manifest))
    end = driver(manifest, "Succeeded")
    api.on("GET pods/a-driver", *[None] * len(cuts), lambda: api.put(PODS, end))
    return pod


@given(lines=TEXTS, cuts=CUTS, unended=st.booleans())
@settings(max_examples=50, suppress_health_check=PER_TEST)
def test_no_line_is_lost_or_doubled_by_connections_that_are_cut(
    lines: list[str], cuts: list[Cut], unended: bool, api: ScriptedApi, cluster: Cluster
) -> None:
    api.logs["a-driver"] = []
    api.write("a-driver", *lines)
    if unended:
        api.write("a-driver", "no end", end="")
    pod = cut_while_it_runs(api, cuts)

    got = list(lines_of(cluster, pod, stopped=threading.Event()))

    assert got == [*lines, *(["no end"] if unended else [])]


@given(numbers=st.lists(st.integers(0, 3), min_size=1, max_size=9), cuts=CUTS)
@settings(max_examples=50, suppress_health_check=PER_TEST)
def test_lines_of_one_moment_and_out_of_order_are_all_there(
    numbers: list[int], cuts: list[Cut], api: ScriptedApi, cluster: Cluster
) -> None:
    stamps = [f"2999-01-01T00:00:00.{number:09}Z" for number in numbers]
    lines = [f"{place // 2}" for place, _ in enumerate(numbers)]
    api.logs["a-driver"] = [f"{stamp} {line}\n" for stamp, line in zip(stamps, lines, strict=True)]
    pod = cut_while_it_runs(api, cuts)

    assert list(lines_of(cluster, pod, stopped=threading.Event())) == lines


def test_what_is_written_meanwhile_is_told_meanwhile(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    pod = api.put(PODS, driver(manifest))
    name = pod["metadata"]["name"]
    told: list[str] = []

    with listening(told.append):
        log.follow(pod)
        api.write(name, "first")
        while told != ["first"]:
            log.tell_for(0.01)
        api.write(name, "second")
        api.put(PODS, driver(manifest, "Succeeded"))
        log.finish(pod)

    assert told == ["first", "second"]


def test_a_connection_after_the_first_asks_for_no_more_than_it_needs(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    pod = ended(api, manifest, "first", "second")
    api.cuts.append(Cut(len(api.logs[pod["metadata"]["name"]][0]) + 3))

    log.finish(pod)

    first, second, *_ = (one.query for one in api.asked if one.what.endswith("/log"))
    assert "sinceSeconds" not in first
    assert 60 <= int(second["sinceSeconds"]) < 120


def test_a_kubelets_own_words_are_no_line_of_the_driver(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    pod = ended(api, manifest, "first")
    api.logs[pod["metadata"]["name"]].insert(0, "unable to retrieve container logs for containerd://1\n")

    assert told_by(log, pod) == ["first"]


def test_a_server_that_is_away_or_a_container_about_to_be_made_is_waited_for(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    pod = ended(api, manifest, "first")
    api.on("GET pods/*/log", HANG_UP, Refusal(503), Refusal(400, "container is waiting to start"))
    api.on("GET pods/*-driver", Refusal(500), None)

    assert told_by(log, pod) == ["first"]
    assert api.count("GET pods/*/log") == 6


def test_a_server_that_stays_away_and_logs_that_may_not_be_read_are_said(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = ended(api, manifest, "first")
    api.on("GET pods/*/log", Refusal(403, "pods/log is forbidden"))
    with pytest.raises(ClusterRefused, match="forbidden"):
        list(lines_of(log.cluster, pod, stopped=threading.Event()))

    monkeypatch.setattr("pipelines.driver_log._AWAY_SECONDS", 0.03)
    api.on("GET pods/*", HANG_UP, always=True)
    with pytest.raises(ClusterUnreachable):
        list(lines_of(log.cluster, pod, stopped=threading.Event()))

    (line,) = told_by(log, pod)
    assert line.startswith("Expected an answer of the API server")


def test_a_second_attempts_driver_is_followed_after_the_first(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    first = ended(api, manifest, "one", '{"error": {"message": "no"}}')
    told = told_by(log, first)
    log._stopped.clear()
    assert log.answer == {"error": {"message": "no"}}

    second = ended(api, manifest)
    # Its node's clock is behind.
    api.logs[second["metadata"]["name"]] = ["2020-01-01T00:00:00.000000000Z two\n"]
    told += told_by(log, second)

    assert told == ["one", "two"]
    assert log.answer == {}
    assert log.path.read_text() == 'one\n{"error": {"message": "no"}}\ntwo\n'


def test_another_driver_of_the_name_is_not_taken_for_the_first(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    first = ended(api, manifest, "one")
    ended(api, manifest, "two")

    assert told_by(log, first) == []


def test_the_file_holds_one_run(api: ScriptedApi, manifest: dict[str, Any], log: DriverLog) -> None:
    log.path.parent.mkdir(parents=True)
    log.path.write_text("of yesterday\n")

    told_by(log, ended(api, manifest, "of today"))

    assert log.path.read_text() == "of today\n"


def test_who_follows_no_longer_asks_no_longer(
    api: ScriptedApi, manifest: dict[str, Any], log: DriverLog
) -> None:
    pod = api.put(PODS, driver(manifest))
    api.on("GET pods/*", HANG_UP, always=True)

    log.follow(pod)
    log.stop()
    (thread,) = log._followed.values()
    thread.join(5)

    assert not thread.is_alive()
