"""What is said of a cluster; `tests/cluster/test_rendered.py` asks a real one."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.doctor.finding import Finding, Outcome
from pipelines.cluster_doctor import cluster
from tests.helpers.scripted_http import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Api:
    """A double of an API server that answers what a doctor asks."""

    refused: set[str] = field(default_factory=set)
    """Rights, such as `create pods`."""
    knows_applications: bool = True
    operators: list[str] | None = field(default_factory=lambda: ["2.2.0"])
    """Versions; `None` where they may not be listed."""

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path.endswith("selfsubjectaccessreviews"):
            asked = body["spec"]["resourceAttributes"]
            resource = "/".join(filter(None, (asked["resource"], asked["subresource"])))
            return 201, {"status": {"allowed": f"{asked['verb']} {resource}" not in self.refused}}
        if "/sparkapplications" in path:
            return (200, {"items": []}) if self.knows_applications else (404, {"message": "not found"})
        if self.operators is None:
            return 403, {"message": "deployments.apps is forbidden"}
        labels = [{"app.kubernetes.io/version": version} for version in self.operators]
        return 200, {"items": [{"metadata": {"name": "spark-operator", "labels": one}} for one in labels]}


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    told = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            code, answer = told.answer(self.path.partition("?")[0], json.loads(text or "{}"))
            content = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - as its base names it

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", f"http://127.0.0.1:{server.server_port}")
    # The client looks where it is when it is imported.
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))
    yield told
    server.shutdown()
    server.server_close()


def found(**settings: str) -> dict[str, Finding]:
    given = {"kubernetes.context": "here", **{f"kubernetes.{key}": value for key, value in settings.items()}}
    return {one.check: one for one in cluster(load_profile("kind", overrides=given, variables={}))}


def test_without_a_namespace_there_is_nothing_to_ask() -> None:
    (told,) = cluster(load_profile("local", variables={}))

    assert (told.outcome, told.seen) == (Outcome.SKIP, "the profile names no namespace")


def test_rights_and_the_operators_version_are_told(api: Api) -> None:
    told = found()

    assert [one.outcome for one in told.values()] == [Outcome.PASS] * 2
    assert told["spark operator"].seen == "spark-operator 2.2.0"


def test_rights_that_are_lacking_are_named(api: Api) -> None:
    api.refused = {"create sparkapplications", "get pods/log"}

    told = found()

    assert list(told) == ["kubernetes"]
    assert told["kubernetes"].outcome is Outcome.FAIL
    assert told["kubernetes"].seen.endswith(": get pods/log, create sparkapplications")


def test_a_runner_without_an_operator_needs_other_rights(api: Api) -> None:
    api.refused = {"create sparkapplications"}
    told = found(runner="native")
    api.refused = {"create pods"}
    lacking = found(runner="native")

    assert [(one.check, one.outcome) for one in told.values()] == [("kubernetes", Outcome.PASS)]
    assert lacking["kubernetes"].seen.endswith(": create pods")


def test_a_cluster_that_does_not_know_the_kind_fails(api: Api) -> None:
    api.knows_applications = False

    told = found()["spark operator"]

    assert (told.outcome, told.fix) == (Outcome.FAIL, "Install Kubeflow's Spark Operator.")


@pytest.mark.parametrize(("operators", "why"), [(None, "may not be asked by you"), ([], "no Deployment has")])
def test_a_version_that_cannot_be_asked_does_not_fail(
    api: Api, operators: list[str] | None, why: str
) -> None:
    api.operators = operators

    told = found()["spark operator"]

    assert told.outcome is Outcome.SKIP
    assert why in told.seen


def test_a_cluster_that_does_not_answer_fails(api: Api) -> None:
    told = found(context="nowhere")["kubernetes"]

    assert told.outcome is Outcome.FAIL
    assert "127.0.0.1:1" in told.seen
