"""Who is told what, by a real mail server and a real web server of this machine."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

from featurestore.config import load_profile
from featurestore.errors import MissingSetting, NotificationFailed
from pipelines.notify import message_of, occasions_of, send, ways_of
from pipelines.run_records import TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featurestore.config import Profile

NOW = datetime(2024, 6, 1, tzinfo=timezone.utc)


def task(step: str, state: str = "done", error: str | None = None, **report: Any) -> TaskRecord:
    record = TaskRecord(run="r-1", task=f"{step}-1", step=step, request={}, started_at=NOW, state=state)
    record.report = report
    record.error = {"type": error, "message": f"It ended with {error}."} if error else None
    return record


GATE = task("evaluate", "failed", "GateFailed")
LOST = task("train", "failed", "JobFailed")
DRIFT = task("measure_drift", drifted=["a", "b"])
STEADY = task("measure_drift", drifted=[])
REGISTERED = task("register_model", model="m", alias="champion", version=3)


@pytest.mark.parametrize(
    ("records", "failed", "occasions"),
    [
        ([REGISTERED], False, ["success"]),
        ([STEADY], False, ["success"]),
        ([DRIFT, REGISTERED], False, ["drift", "success"]),
        ([LOST], True, ["failure"]),
        ([], True, ["failure"]),
        ([GATE], True, ["gate_refused"]),
        ([DRIFT, GATE], True, ["drift", "gate_refused"]),
        ([GATE, LOST], True, ["gate_refused", "failure"]),
    ],
)
def test_a_run_is_told_by_what_became_of_its_tasks(
    records: list[TaskRecord], failed: bool, occasions: list[str]
) -> None:
    assert occasions_of(records, failed=failed) == occasions


def test_the_message_says_what_happened_why_and_what_to_do() -> None:
    text = message_of("r-1", "retrain", ["drift", "failure"], [DRIFT, LOST])

    assert text.splitlines() == [
        "Run r-1 of retrain found drift.",
        "Run r-1 of retrain failed.",
        "train-1: It ended with JobFailed.",
        "Drifted: a, b",
        "2 tasks, 0 of them reused.",
        "Go on from where it stopped: featurestore pipeline resume r-1",
    ]
    alone = message_of("r-1", "retrain", ["failure"], [LOST], resumable=False)
    assert "resume" not in alone
    assert "m@champion is version 3." in message_of("r-1", "clickstream", ["success"], [REGISTERED])


@contextmanager
def webhook(answer: int = 200) -> Iterator[tuple[str, list[Any]]]:
    """Its URL, and what was posted there."""
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing is logged."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks/s3cret", posted
        finally:
            server.shutdown()
            thread.join()


def profile_with(**settings: object) -> Profile:
    own = {f"notifications.{name}": value for name, value in settings.items()}
    return load_profile("local", overrides=own, variables={})


def test_a_webhook_gets_the_text_as_slack_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as (url, posted):
        monkeypatch.setenv("FEATURESTORE_WEBHOOK_URL", url)
        send("webhook", "subject", "It failed.", profile_with(webhook=True))

    assert posted == [{"text": "It failed."}]


def test_a_webhook_that_refuses_or_is_not_there_is_told_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with webhook(answer=404) as (url, _):
        monkeypatch.setenv("FEATURESTORE_WEBHOOK_URL", url)
        with pytest.raises(NotificationFailed, match="it answered 404") as refused:
            send("webhook", "subject", "text", profile_with(webhook=True))
    with pytest.raises(NotificationFailed, match="ConnectionError") as gone:
        send("webhook", "subject", "text", profile_with(webhook=True))

    for raised in (refused, gone):
        assert "s3cret" not in str(raised.value)
        assert raised.value.__cause__ is None


def test_a_secret_that_is_not_in_the_environment_is_asked_for_by_name() -> None:
    with pytest.raises(MissingSetting, match="FEATURESTORE_WEBHOOK_URL"):
        send("webhook", "subject", "text", profile_with(webhook=True))


def test_the_ways_are_those_of_the_profile() -> None:
    assert ways_of(profile_with()) == []
    assert ways_of(profile_with(webhook=True)) == ["webhook"]
    assert ways_of(mailing(25, webhook=True)) == ["webhook", "e-mail"]


class AnyPort(Controller):
    """A mail server on a port that was free."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(folder: Path, **settings: Any) -> Iterator[int]:
    controller = AnyPort(Mailbox(folder), hostname="127.0.0.1", port=0, **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mailing(port: int, **settings: object) -> Profile:
    own = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "sender": "store@example.com",
        "recipients": ["ann@example.com", "bob@example.com"],
    }
    return profile_with(**{**own, **settings})


def test_mail_reaches_each_recipient(tmp_path: Path) -> None:
    with mail_server(tmp_path / "mail") as port:
        send("e-mail", "retrain: failure", "It failed.\nLook at it.", mailing(port))

    (file,) = (tmp_path / "mail" / "new").iterdir()
    text = file.read_text()
    assert "Subject: retrain: failure" in text
    assert "To: ann@example.com, bob@example.com" in text
    assert "It failed.\nLook at it." in text


def test_a_password_is_not_sent_without_encryption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def authenticate(*arguments: object) -> AuthResult:
        asked.append(arguments)
        return AuthResult(success=True)

    monkeypatch.setenv("FEATURESTORE_SMTP_USER", "store")
    monkeypatch.setenv("FEATURESTORE_SMTP_PASSWORD", "invented")
    with mail_server(tmp_path / "mail", authenticator=authenticate, auth_require_tls=False) as port:
        send("e-mail", "subject", "text", mailing(port))
        # The server offers no encryption, so that mail which needs it is not sent at all.
        with pytest.raises(NotificationFailed, match="STARTTLS"):
            send("e-mail", "subject", "text", mailing(port, smtp_security="starttls"))

    assert asked == []


def test_a_mail_server_that_is_not_there_is_told() -> None:
    with pytest.raises(NotificationFailed, match="refused"):
        send("e-mail", "subject", "text", mailing(1))
