"""What looks like a credential. The examples are made up here, or the ones that their makers publish as such."""

from __future__ import annotations

import pytest

from featurestore.config import load_profile
from featurestore.config.credentials import SHAPED_AS_CREDENTIAL, check_no_credential
from featurestore.config.layers import known_profiles
from featurestore.config.load import settings_of
from featurestore.errors import InvalidSetting

CREDENTIALS = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0.c2ln",
    "a" * 86 + "==",
    "https://account.blob.example/lake?sv=2024&sig=abc",
    "DefaultEndpointsProtocol=https;AccountKey=abc",
    "AIza" + "a" * 35,
    "http://user:pass@minio:9000",
]
NONE = [
    "s3a://lake/lake",
    "abfss://lake@account.dfs.core.windows.net/lake",
    "arn:aws:iam::111122223333:role/featurestore",
    "kafka.kafka.svc:9092",
    "00000000-0000-0000-0000-000000000000",
    "registry.example:5000/featurestore-spark@sha256:" + "0123456789abcdef" * 4,
]


@pytest.mark.parametrize("value", CREDENTIALS)
@pytest.mark.parametrize(
    "setting", ["storage.region", "kubernetes.labels", "pipelines.tolerations", "kafka.bootstrap"]
)
def test_a_credential_in_a_profile_is_refused_and_not_shown(setting: str, value: str) -> None:
    given = {"kubernetes.labels": {"team": value}, "pipelines.tolerations": [value]}.get(setting, value)

    with pytest.raises(InvalidSetting, match="holds no credential") as refused:
        load_profile(overrides={setting: given}, variables={})
    assert value not in str(refused.value)
    assert setting in str(refused.value)


@pytest.mark.parametrize("value", NONE)
def test_places_and_names_are_no_credentials(value: str) -> None:
    assert not SHAPED_AS_CREDENTIAL.search(value)


@pytest.mark.parametrize("name", known_profiles())
def test_no_profile_of_the_package_holds_one(name: str) -> None:
    for key, value in settings_of(load_profile(name, variables={})).items():
        check_no_credential(key, value)
