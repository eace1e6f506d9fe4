"""A double of the API of Kubeflow Pipelines: only HTTP, and of it what `kfp.Client` asks for our verbs."""

from __future__ import annotations

import itertools
import json
import re
import threading
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = "/apis/v2beta1"
_KINDS = {
    "experiments": "experiment_id",
    "runs": "run_id",
    "recurringruns": "recurring_run_id",
    "pipelines": "pipeline_id",
}
_LISTS = {"recurringruns": "recurringRuns"}


class KubeflowApi:
    """What it holds by kind and id, and each request that came."""

    def __init__(self, *, multi_user: bool = True) -> None:
        self.multi_user = multi_user
        self.things: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in (*_KINDS, "versions")}
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        """Method, path, and the body."""
        self.tokens: set[str] = set()
        self.refusal: tuple[int, str] | None = None
        """The answer to everything, in place of the true one."""
        self._number = itertools.count(1)

    def answer(self, method: str, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        url = urlsplit(target)
        path, query = url.path.removeprefix(_ROOT), {key: one[0] for key, one in parse_qs(url.query).items()}
        self.asked.append((method, path, body))
        if self.refusal is not None:
            return self.refusal[0], {"message": self.refusal[1]}
        if path == "/healthz":
            return 200, {"multi_user": self.multi_user}
        for pattern, act in (
            (r"/pipelines/upload", self._upload),
            (r"/pipelines/upload_version", self._upload_version),
            (r"/pipelines/(?P<pipeline>[^/]+)/versions", self._versions),
            (r"/runs/(?P<run>[^/:]+):terminate", self._terminate),
            (r"/(?P<kind>\w+)", self._collection),
            (r"/(?P<kind>\w+)/(?P<name>[^/:]+)", self._one),
        ):
            match = re.fullmatch(pattern, path)
            if match:
                return act(method, query, body, **match.groupdict())
        return 404, {"message": f"{method} {path}"}

    def _new(self, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        name = f"{kind}-{next(self._number)}"
        made = {**thing, _KINDS[kind]: name, "created_at": datetime.now(timezone.utc).isoformat()}
        self.things[kind][name] = made
        return made

    def _collection(
        self, method: str, query: dict[str, str], body: dict[str, Any], *, kind: str
    ) -> tuple[int, dict[str, Any]]:
        if method == "POST":
            started = {"state": "RUNNING"} if kind == "runs" else {}
            return 200, self._new(kind, {**body, **started})
        found = list(self.things[kind].values())
        for one in json.loads(query.get("filter", "{}")).get("predicates", ()):
            value = one.get("string_value", one.get("stringValue"))
            found = [thing for thing in found if thing.get(one["key"], thing.get("display_name")) == value]
        if "sort_by" in query:
            found.reverse()
        return 200, _page(_LISTS.get(kind, kind), found, query)

    def _one(
        self, method: str, _query: dict[str, str], _body: dict[str, Any], *, kind: str, name: str
    ) -> tuple[int, dict[str, Any]]:
        if name not in self.things[kind]:
            return 404, {"message": f"{kind} {name} not found"}
        return 200, self.things[kind].pop(name) if method == "DELETE" else self.things[kind][name]

    def _terminate(
        self, _method: str, _query: dict[str, str], _body: dict[str, Any], *, run: str
    ) -> tuple[int, dict[str, Any]]:
        if run not in self.things["runs"]:
            return 404, {"message": f"run {run} not found"}
        self.things["runs"][run]["state"] = "CANCELED"
        return 200, {}

    def _upload(
        self, _method: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        made = self._new("pipelines", {"display_name": query["name"], "namespace": query.get("namespace")})
        self._version(made["pipeline_id"], query["name"], body)
        return 200, made

    def _upload_version(
        self, _method: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        return 200, self._version(query["pipelineid"], query["name"], body)

    def _version(self, pipeline: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        number = f"version-{next(self._number)}"
        made = {"pipeline_id": pipeline, "pipeline_version_id": number, "display_name": name}
        self.things["versions"][number] = {**made, "uploaded": body.get("text", "")}
        return made

    def _versions(
        self, _method: str, query: dict[str, str], _body: dict[str, Any], *, pipeline: str
    ) -> tuple[int, dict[str, Any]]:
        found = [one for one in self.things["versions"].values() if one["pipeline_id"] == pipeline]
        return 200, _page("pipeline_versions", found, query)


def _page(kind: str, found: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """Two at a time, however many are asked for, so that whoever stops after a page is seen."""
    begin = int(query.get("page_token") or 0)
    rest = {"next_page_token": str(begin + 2)} if len(found) > begin + 2 else {}
    return {kind: found[begin : begin + 2], "total_size": len(found), **rest}


@contextmanager
def serving_kubeflow(api: KubeflowApi) -> Iterator[str]:
    """The endpoint."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
            api.tokens.add(self.headers.get("Authorization") or "")
            as_json = (self.headers.get("Content-Type") or "").startswith("application/json")
            body = json.loads(content) if as_json and content else {"text": content}
            status, answer = api.answer(self.command, self.path, body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names that the server asks for

        def log_message(self, *_arguments: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
