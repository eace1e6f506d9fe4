"""Tells people how a run ended: a message to a webhook, or by e-mail, as the profile says."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import TYPE_CHECKING

import requests

from featurestore.config.load import environment
from featurestore.config.pipelines import SECRET_VARIABLES
from featurestore.errors import MissingSetting, NotificationFailed
from featurestore.progress import tell
from pipelines.run_records import FAILED, REUSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from featurestore.config import Profile
    from featurestore.config.pipelines import NotificationSettings
    from pipelines.run_records import TaskRecord

_WEBHOOK, _USER, _PASSWORD = SECRET_VARIABLES
_SECONDS = 20.0
_GATE_REFUSED = "GateFailed"


def occasions_of(records: Sequence[TaskRecord], *, failed: bool) -> list[str]:
    """What there is to tell of a run: `drift`, and how it ended, `failure`, `gate_refused` or `success`.

    `failed` is what the pipeline says of itself: a task may have failed before it could write its record.
    """
    errors = [one.error["type"] for one in records if one.state == FAILED and one.error]
    drift = ["drift"] if any(one.report.get("drifted") for one in records) else []
    refused = ["gate_refused"] if _GATE_REFUSED in errors else []
    others = set(errors) - {_GATE_REFUSED}
    if others or (failed and not refused):
        return [*drift, *refused, "failure"]
    return [*drift, *(refused or ["success"])]


def message_of(
    run: str,
    pipeline: str,
    occasions: Sequence[str],
    records: Sequence[TaskRecord],
    *,
    resumable: bool = True,
) -> str:
    """A few lines for people: what happened, to which model, why, and what to do next."""
    said = {
        "success": f"Run {run} of {pipeline} ended well.",
        "failure": f"Run {run} of {pipeline} failed.",
        "gate_refused": f"Run {run} of {pipeline} made a model that its gate does not let in.",
        "drift": f"Run {run} of {pipeline} found drift.",
    }
    lines = [said[one] for one in occasions]
    lines += [f"{one.task}: {one.error['message']}" for one in records if one.state == FAILED and one.error]
    for one in records:
        if one.report.get("drifted"):
            lines.append(f"Drifted: {', '.join(one.report['drifted'])}")
        if one.step == "register_model" and one.report:
            lines.append(f"{one.report['model']}@{one.report['alias']} is version {one.report['version']}.")
    reused = sum(one.state == REUSED for one in records)
    lines.append(f"{len(records)} tasks, {reused} of them reused.")
    if "failure" in occasions and resumable:
        lines.append(f"Go on from where it stopped: featurestore pipeline resume {run}")
    return "\n".join(lines)


def ways_of(profile: Profile) -> list[str]:
    """The ways that the profile has: `webhook`, `e-mail`."""
    settings = profile.notifications
    webhook = ["webhook"] if settings.webhook else []
    return [*webhook, *(["e-mail"] if settings.smtp_host is not None else [])]


def send(way: str, subject: str, text: str, profile: Profile) -> None:
    """Sends it by one of the profile's ways.

    Raises `MissingSetting` where a secret is not in the environment, `NotificationFailed` where nobody took it.
    """
    variables = environment()
    if way == "webhook":
        _post(text, _secret(_WEBHOOK, variables))
    else:
        _mail(subject, text, profile.notifications, variables)


def _secret(name: str, variables: Mapping[str, str]) -> str:
    value = variables.get(name)
    if not value:
        raise MissingSetting(name, tried=["environment"])
    return value


def _post(text: str, url: str) -> None:
    tell("posting to the webhook")
    try:
        answer = requests.post(url, json={"text": text}, timeout=_SECONDS)
    except requests.RequestException as error:
        # Its own words have the URL in them, which is a secret.
        raise NotificationFailed("webhook", told=type(error).__name__) from None
    if not answer.ok:
        raise NotificationFailed("webhook", told=f"it answered {answer.status_code}")


def _mail(subject: str, text: str, settings: NotificationSettings, variables: Mapping[str, str]) -> None:
    tell(f"mailing {', '.join(settings.recipients)}")
    message = EmailMessage()
    message["Subject"], message["From"] = subject, settings.sender
    message["To"] = ", ".join(settings.recipients)
    message.set_content(text)
    try:
        with _server(settings) as server:
            if settings.smtp_security != "none" and variables.get(_USER):
                server.login(variables[_USER], _secret(_PASSWORD, variables))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise NotificationFailed("e-mail", told=str(error) or type(error).__name__) from error


def _server(settings: NotificationSettings) -> smtplib.SMTP:
    host, context = settings.smtp_host or "", ssl.create_default_context()
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=_SECONDS)
    if settings.smtp_security == "starttls":
        server.starttls(context=context)
    return server
