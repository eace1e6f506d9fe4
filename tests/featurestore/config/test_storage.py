"""Where storages differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.config import load_profile
from featurestore.config.clouds import RULES
from featurestore.config.storage import (
    fsspec_options,
    known_scheme,
    names_at_endpoint,
    normal_root,
    rules_for,
    scheme_of,
    spark_settings,
)
from featurestore.errors import InvalidSetting


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("/lake", "file"),
        ("lake", "file"),
        ("a:b/lake", "file"),
        ("file:/lake", "file"),
        ("file:///lake", "file"),
        ("ftp://host/lake", "ftp"),
    ],
)
def test_a_path_is_a_file(uri: str, scheme: str) -> None:
    assert scheme_of(uri) == scheme


def test_each_rule_stands_under_its_scheme() -> None:
    assert {scheme: rules.scheme for scheme, rules in RULES.items()} == {scheme: scheme for scheme in RULES}


@pytest.mark.parametrize("uri", ["ftp://host/lake", "hdfs://host/lake", "memory://lake"])
def test_an_unknown_scheme_is_told_from_the_known_ones(uri: str) -> None:
    for ask in (rules_for, normal_root):
        with pytest.raises(InvalidSetting, match="a URI with scheme abfss, file, gs, s3a") as raised:
            ask(uri)
        assert raised.value.received == uri


@pytest.mark.parametrize(
    ("root", "spelling"),
    [
        ("/lake", "file:///lake"),
        ("/lake/", "file:///lake"),
        ("/a/../lake", "file:///lake"),
        ("/my lake/ü", "file:///my lake/ü"),
        ("/a%20b", "file:///a%20b"),
        ("/a#b?c", "file:///a#b?c"),
        ("file:/lake", "file:///lake"),
        ("file:///lake/", "file:///lake"),
        ("file:///my lake", "file:///my lake"),
        ("file:///a#b?c", "file:///a#b?c"),
    ],
)
def test_a_root_has_one_spelling(root: str, spelling: str) -> None:
    assert normal_root(root) == spelling


def test_a_relative_root_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert normal_root("my lake") == f"file://{tmp_path}/my lake"
    assert normal_root("./lake") == f"file://{tmp_path}/lake"


def test_a_root_may_lie_in_the_home_directory() -> None:
    assert normal_root("~/lake") == f"file://{Path.home()}/lake"


@pytest.mark.parametrize("uri", ["file://lake", "file://localhost/lake", "file:lake"])
def test_a_file_uri_names_no_host(uri: str) -> None:
    with pytest.raises(InvalidSetting, match="three slashes"):
        normal_root(uri)


@given(st.text(alphabet="ab %/#?.:~ü", max_size=12))
def test_a_spelling_is_its_own_spelling(path: str) -> None:
    once = normal_root(f"/{path}")

    assert normal_root(once) == once


@pytest.mark.parametrize(
    ("name", "kind"),
    [("aws", "none"), ("aws", "gke-workload-identity"), ("local", "secret"), ("gcp", "nobody")],
)
def test_an_identity_of_another_storage_is_refused(name: str, kind: str) -> None:
    with pytest.raises(InvalidSetting, match="for a lake at") as raised:
        load_profile(name, overrides={"identity.kind": kind}, variables={})
    assert raised.value.key == "identity.kind"


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("aws", "identity.principal"),
        ("aws", "storage.region"),
        ("gcp", "identity.principal"),
        ("azure", "identity.tenant"),
        ("onprem", "identity.secret"),
    ],
)
def test_an_identity_names_what_it_lacks(name: str, missing: str) -> None:
    with pytest.raises(InvalidSetting, match="a value, for identity") as raised:
        load_profile(name, overrides={missing: None}, variables={})
    assert raised.value.key == missing


def test_a_store_of_ones_own_is_asked_by_its_address() -> None:
    own, cloud = (spark_settings(load_profile(name, variables={})) for name in ("onprem", "aws"))

    assert own["spark.hadoop.fs.s3a.endpoint"] == "https://minio.minio.svc:9000"
    assert own["spark.hadoop.fs.s3a.path.style.access"] == "true"
    assert not {"spark.hadoop.fs.s3a.endpoint", "spark.hadoop.fs.s3a.path.style.access"} & cloud.keys()


def test_a_provider_is_always_said_for_a_bucket() -> None:
    for kind in ("aws-irsa", "aws-pod-identity"):
        settings = spark_settings(load_profile("aws", overrides={"identity.kind": kind}, variables={}))
        assert "spark.hadoop.fs.s3a.aws.credentials.provider" in settings


@pytest.mark.parametrize(
    ("name", "settings", "options"),
    [
        ("local", {}, {}),
        ("gcp", {}, {}),
        ("azure", {}, {}),
        ("aws", {"storage.region": "eu"}, {"client_kwargs": {"region_name": "eu"}}),
        (
            "onprem",
            {"storage.endpoint": "http://minio:9000", "storage.region": "eu"},
            {"endpoint_url": "http://minio:9000", "client_kwargs": {"region_name": "eu"}},
        ),
    ],
)
def test_a_lake_is_reached_without_spark_too(
    name: str, settings: dict[str, object], options: dict[str, object]
) -> None:
    assert fsspec_options(load_profile(name, overrides=settings, variables={})) == options


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("s3://lake/a", "s3a://lake/a"),
        ("s3a://lake/a/", "s3a://lake/a"),
        ("gcs://lake/a", "gs://lake/a"),
        ("abfs://lake@account.dfs.core.windows.net/a", "abfss://lake@account.dfs.core.windows.net/a"),
        ("az://lake@account.dfs.core.windows.net/a", "abfss://lake@account.dfs.core.windows.net/a"),
    ],
)
def test_a_storage_may_be_called_as_others_call_it(given: str, root: str) -> None:
    assert normal_root(given) == root


@pytest.mark.parametrize(
    "uri", ["s3://", "s3a:///lake", "s3://Lake/a", "gs://a", "az://lake/a", "abfss://@account/a"]
)
def test_what_names_no_bucket_is_refused_with_an_example(uri: str) -> None:
    with pytest.raises(InvalidSetting, match="a URI such as") as raised:
        normal_root(uri)
    assert raised.value.received == uri


def test_an_event_log_is_spelled_as_the_lake_is() -> None:
    overrides = {"kubernetes.event_log_uri": "s3://lake/events"}
    assert (
        load_profile("aws", overrides=overrides, variables={}).kubernetes.event_log_uri == "s3a://lake/events"
    )

    with pytest.raises(InvalidSetting) as raised:
        load_profile("aws", overrides={"kubernetes.event_log_uri": "s3://"}, variables={})
    assert raised.value.key == "kubernetes.event_log_uri"


def test_other_uris_and_paths_keep_their_scheme() -> None:
    for uri in ("events/*.csv", "/events", "file:///events", "s3a://lake/a", "https://host/a"):
        assert known_scheme(uri) == uri
    assert known_scheme("s3://lake/*.csv") == "s3a://lake/*.csv"


@pytest.mark.parametrize("name", ["local", "aws", "onprem", "gcp", "azure", "minio", "gcs-emulator"])
def test_names_are_looked_up_as_ever_but_for_an_emulated_account(name: str) -> None:
    assert names_at_endpoint(load_profile(name, variables={})) == {}


def test_an_emulated_account_is_on_the_machine_of_its_endpoint() -> None:
    assert names_at_endpoint(load_profile("azurite", variables={})) == {
        "devstoreaccount1.dfs.core.windows.net": "127.0.0.1",
        "devstoreaccount1.blob.core.windows.net": "127.0.0.1",
    }


def test_an_emulator_of_azure_is_asked_as_blob_storage_and_without_encryption() -> None:
    real, emulated = (spark_settings(load_profile(name, variables={})) for name in ("azure", "azurite"))

    assert real["spark.hadoop.fs.azure.account.hns.enabled"] == "true"
    assert emulated["spark.hadoop.fs.azure.account.hns.enabled"] == "false"
    assert emulated["spark.hadoop.fs.azure.always.use.https"] == "false"
    assert "spark.hadoop.fs.azure.always.use.https" not in real


@pytest.mark.parametrize(("kind", "name"), [("shared-key", "azure"), ("anonymous", "gcp")])
def test_what_suits_an_emulator_is_refused_for_a_cloud(kind: str, name: str) -> None:
    overrides = {"identity.kind": kind, "identity.secret": "lake"}
    with pytest.raises(InvalidSetting, match=f"a value, for identity.kind {kind}") as raised:
        load_profile(name, overrides=overrides, variables={})
    assert raised.value.key == "storage.endpoint"
