"""How the double of an API server in `scripted_api` is reached: HTTP over loopback, and a kubeconfig."""

from __future__ import annotations

import itertools
import json
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.helpers.scripted_api import HANG_UP, NAMESPACE, PODS, Asked, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.helpers.scripted_api import ScriptedApi


@contextmanager
def serving(api: ScriptedApi) -> Iterator[str]:
    """The server's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"api": api}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients may go
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def write_kubeconfig(path: Path, address: str) -> Path:
    """With this address as the current context `here`, and a port of nobody as `nowhere`."""
    named = {"here": address, "nowhere": "http://127.0.0.1:1"}
    users = [{"name": "tester", "user": {"token": "invented"}}]
    clusters = [{"name": name, "cluster": {"server": server}} for name, server in named.items()]
    contexts = [{"name": name, "context": {"cluster": name, "user": "tester"}} for name in named]
    whole = {"users": users, "clusters": clusters, "contexts": contexts, "current-context": "here"}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **whole}), encoding="utf-8")
    return path


class _Handler(BaseHTTPRequestHandler):
    api: ScriptedApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.do_GET = self.do_POST = self.do_DELETE = self._serve
        super().handle_one_request()

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        kind, *rest = url.path.partition(f"/namespaces/{NAMESPACE}/")[2].split("/")
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        asked = Asked("/".join([f"{self.command} {kind}", *rest]), dict(parse_qsl(url.query)), body)
        refusal = self.api.next_step(asked)
        if refusal is HANG_UP:
            self.close_connection = True
        elif refusal is not None:
            self._refuse(refusal)
        elif kind not in self.api.things:
            self._refuse(Refusal(404, "the server could not find the requested resource"))
        elif rest[1:] == ["log"]:
            self._log(rest[0], asked.query)
        else:
            with self.api.changed:
                found = self._answer(self.api.things[kind], kind, rest, asked)
            self._refuse(found) if isinstance(found, Refusal) else self._send(200, json.dumps(found))

    def _answer(
        self, things: dict[str, Any], kind: str, rest: list[str], asked: Asked
    ) -> dict[str, Any] | Refusal:
        if self.command == "POST":
            name = asked.body["metadata"]["name"]
            return (
                Refusal(409, f"{name} already exists") if name in things else self.api.put(kind, asked.body)
            )
        if not rest:
            return {"kind": "List", "items": [one for one in things.values() if _fits(one, asked.query)]}
        found: dict[str, Any] | None = things.get(rest[0])
        if found is not None and self.command == "DELETE":
            found["metadata"]["deletionTimestamp"] = "2024-03-01T00:00:00Z"
            if rest[0] not in self.api.lingering:
                self.api.drop(kind, rest[0])
        return Refusal(404, f"{kind} {rest[0]} not found") if found is None else found

    def _send(self, status: int, text: str, *, missing: int = 0) -> None:
        whole = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(whole) + missing))
        self.end_headers()
        self.wfile.write(whole)
        self.close_connection = self.close_connection or missing > 0

    def _refuse(self, refusal: Refusal) -> None:
        status = {"kind": "Status", "message": refusal.message, "code": refusal.status}
        text = json.dumps(status) if refusal.text is None else refusal.text
        self._send(refusal.status, text, missing=refusal.missing)

    def _log(self, pod: str, query: dict[str, str]) -> None:
        if pod not in self.api.things[PODS]:
            self._refuse(Refusal(404, f"pods {pod} not found"))
            return
        cut = self.api.cuts.popleft() if self.api.cuts else None
        left = cut.after if cut else None
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in self._texts(pod, query) if left != 0 else ():
            part = text.encode()[:left]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if part else b"")
            left = None if left is None else left - len(part)
            if left == 0:
                break
        if cut is None or cut.clean:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def _texts(self, pod: str, query: dict[str, str]) -> Iterable[str]:
        """Its lines not older than asked; where they are followed, until it does not run any more."""
        since = timedelta(seconds=int(query.get("sinceSeconds", 10**9)))
        oldest = (datetime.now(timezone.utc) - since).isoformat()
        for number in itertools.count():
            with self.api.changed:
                log = self.api.logs.setdefault(pod, [])
                while number >= len(log) and query.get("follow") == "True" and self._runs(pod):
                    self.api.changed.wait(5)
                if number >= len(log):
                    return
                text = log[number]
            if text >= oldest:
                yield text

    def _runs(self, pod: str) -> bool:
        found = self.api.things[PODS].get(pod, {})
        return bool(found.get("status", {}).get("phase") in {"Pending", "Running"})


def _fits(thing: dict[str, Any], query: dict[str, str]) -> bool:
    wanted = dict(one.split("=", 1) for one in query.get("labelSelector", "").split(",") if one)
    named = query.get("fieldSelector", "").removeprefix("involvedObject.name=")
    labels = thing["metadata"]["labels"]
    return all(labels.get(name) == value for name, value in wanted.items()) and (
        not named or thing["involvedObject"]["name"] == named
    )
