"""Who a cloud takes this process for. The clouds' own answers are doubles: none can be asked here."""

from __future__ import annotations

import base64
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from featurestore.config import load_profile
from featurestore.doctor.finding import NotAsNeededError
from featurestore.doctor.identities import identity_in_use

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def replace(monkeypatch: pytest.MonkeyPatch, module: str, **names: Any) -> None:
    double = ModuleType(module)
    for name, value in names.items():
        setattr(double, name, value)
    monkeypatch.setitem(sys.modules, module, double)


def botocore(monkeypatch: pytest.MonkeyPatch, method: str | None) -> None:
    """A client that found credentials in this way."""
    credentials = SimpleNamespace(method=method) if method else None
    client = SimpleNamespace(get_caller_identity=lambda: {"Arn": "arn:aws:iam::1:user/a"})

    def create_client(_name: str, *, region_name: str) -> Any:
        assert region_name
        return client

    session = SimpleNamespace(get_credentials=lambda: credentials, create_client=create_client)
    replace(monkeypatch, "botocore.session", get_session=lambda: session)


def test_a_folder_asks_nobody() -> None:
    assert identity_in_use(load_profile("local", variables={})) == "none"


def test_keys_that_are_not_here_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(NotAsNeededError, match="AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY of secret"):
        identity_in_use(load_profile("onprem", variables={}))


def test_keys_are_told_by_where_they_were_found_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "invented")
    botocore(monkeypatch, "env")

    assert identity_in_use(load_profile("onprem", variables={})) == "secret: a key from env"


def test_whoever_asks_here_is_told_beside_whom_pods_are(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile("aws", variables={})
    botocore(monkeypatch, "shared-credentials-file")

    told = identity_in_use(profile)

    assert told.startswith("here arn:aws:iam::1:user/a by shared-credentials-file; ")
    assert told.endswith(f"pods by {profile.identity.kind} as {profile.identity.principal}")


@pytest.mark.parametrize(
    ("method", "why"), [("iam-role", "the role of the node"), (None, "no credentials were found")]
)
def test_the_nodes_role_will_not_do_nor_will_nobody(
    monkeypatch: pytest.MonkeyPatch, method: str | None, why: str
) -> None:
    botocore(monkeypatch, method)

    with pytest.raises(NotAsNeededError, match=why):
        identity_in_use(load_profile("aws", variables={}))


def test_a_google_account_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import google.auth

    account = SimpleNamespace(service_account_email="a@b.iam", refresh=lambda _: None)
    monkeypatch.setattr(google.auth, "default", lambda: (account, "shop"))

    told = identity_in_use(load_profile("gcp", variables={}))

    assert told.startswith("here a@b.iam, project shop; pods by ")


def test_an_azure_principal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"appid": "an-application"}).encode()).decode().rstrip("=")
    token = SimpleNamespace(token=f"head.{claims}.signature")
    credential = SimpleNamespace(get_token=lambda _: token)
    replace(monkeypatch, "azure.identity", DefaultAzureCredential=lambda: credential)

    told = identity_in_use(load_profile("azure", variables={}))

    assert told.startswith("here an-application; pods by ")
