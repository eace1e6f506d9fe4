"""What a profile says of pipelines and notifications: what fits is taken, and what cannot be is named."""

from __future__ import annotations

import pytest

from featurestore.config import load_profile
from featurestore.config.pipelines import NotificationSettings
from featurestore.errors import InvalidSetting


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("pipelines.reuse", "no"),
        ("pipelines.retries", -1),
        ("pipelines.retry_seconds", 0),
        ("pipelines.timeout_minutes", 0),
        ("pipelines.namespace", "Not_A_Name"),
        ("pipelines.service_account", "Me"),
        ("pipelines.cpu", "0.25"),
        ("pipelines.memory", "1Gi"),
        ("pipelines.tolerations", ["key=value"]),
        ("pipelines.secrets", ["lake"]),
        ("pipelines.domains", ["staging"]),
        ("notifications.occasions", ["always"]),
        ("notifications.secret", "s3cr3t/+="),
        ("notifications.smtp_port", 0),
        ("notifications.smtp_security", "maybe"),
    ],
)
def test_a_value_that_cannot_be_is_named(setting: str, value: object) -> None:
    with pytest.raises(InvalidSetting) as raised:
        load_profile("kind", overrides={setting: value}, variables={})

    assert raised.value.key == setting


def test_mail_needs_a_sender_and_somebody_who_gets_it() -> None:
    with pytest.raises(InvalidSetting, match="sender"):
        NotificationSettings(smtp_host="mail.example.com")
    with pytest.raises(InvalidSetting, match="recipients"):
        NotificationSettings(smtp_host="mail.example.com", sender="store@example.com")

    settings = NotificationSettings(
        smtp_host="mail.example.com", sender="store@example.com", recipients=("team@example.com",)
    )
    assert settings.smtp_port == 587


def test_failures_are_told_and_successes_only_where_asked_for() -> None:
    assert NotificationSettings().occasions == ("failure", "drift", "gate_refused")
