"""Who a cloud takes this process for, asked of the client that reads and writes small files."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from featurestore.config.clouds import IDENTITIES
from featurestore.config.load import environment
from featurestore.config.storage import rules_for
from featurestore.doctor.finding import NotAsNeededError

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile

_NODE = "iam-role"
"""What botocore calls the role of the machine itself, which a chain ends with where nothing else was found."""


def identity_in_use(profile: Profile) -> str:
    """Who asks, and what pods would be where this machine is not one of them."""
    rules = IDENTITIES[profile.identity.kind]
    variables = environment()
    given = [key for key in rules.secret_keys if key in variables]
    if rules.secret_keys:
        absent = [key for key in rules.secret_keys if key not in given]
        if absent:
            raise NotAsNeededError(f"{', '.join(absent)} of secret {profile.identity.secret} is not set here")
    client = rules_for(profile.storage.root_uri).client
    if rules.fsspec or rules.fsspec_secrets or client is None:
        return f"{profile.identity.kind}" + (f", with {', '.join(given)}" if given else "")
    here = _ASKED[client](profile)
    if not rules.only_in_pods:
        return f"{profile.identity.kind}: {here}"
    as_whom = f" as {profile.identity.principal}" if profile.identity.principal else ""
    return f"here {here}; pods by {profile.identity.kind}{as_whom}"


def _botocore(profile: Profile) -> str:
    from botocore.session import get_session  # type: ignore[import-untyped]

    session = get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise NotAsNeededError("no credentials were found")
    if credentials.method == _NODE:
        raise NotAsNeededError("it is the role of the node, which everything on the machine has")
    if profile.storage.endpoint:
        return f"a key from {credentials.method}"
    asked = session.create_client("sts", region_name=profile.storage.region)
    return f"{asked.get_caller_identity()['Arn']} by {credentials.method}"


def _google_auth(_: Profile) -> str:
    import google.auth
    from google.auth.transport.requests import Request

    credentials, project = google.auth.default()
    credentials.refresh(Request())  # type: ignore[no-untyped-call]
    whom = getattr(credentials, "service_account_email", None) or "a user's own credentials"
    return f"{whom}, project {project}"


def _azure_identity(_: Profile) -> str:
    from azure.identity import DefaultAzureCredential

    token = DefaultAzureCredential().get_token("https://storage.azure.com/.default").token
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return next((str(claims[name]) for name in ("upn", "appid", "oid") if claims.get(name)), "a principal")


_ASKED: dict[str, Callable[[Profile], str]] = {
    "botocore": _botocore,
    "google.auth": _google_auth,
    "azure.identity": _azure_identity,
}
"""By the client's name in the table of storages."""
