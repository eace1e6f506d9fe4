"""How this process reaches a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]
import pytest

from featurestore.config import load_profile
from featurestore.config.load import environment
from featurestore.errors import InvalidSetting
from featurestore.lake_access import reach_lake

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile


def test_files_in_the_lake_are_reached_with_the_options_of_its_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fsspec.config.conf", {})
    endpoint = "http://127.0.0.1:9000"
    profile = load_profile("onprem", overrides={"storage.endpoint": endpoint}, variables={})

    reach_lake(profile)

    assert fsspec.core.url_to_fs(profile.storage.root_uri)[0].endpoint_url == endpoint


def test_a_lake_on_this_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    conf: dict[str, object] = {}
    monkeypatch.setattr("fsspec.config.conf", conf)

    reach_lake(load_profile("local", variables={}))

    assert conf == {}


@pytest.fixture
def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that has none of a secret's keys, and is as before afterwards."""
    monkeypatch.setattr("fsspec.config.conf", {})
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "")


def on_minio(file: Path) -> Profile:
    return load_profile("minio", overrides={"identity.secret_file": str(file)}, variables={})


@pytest.mark.usefixtures("without_keys")
def test_keys_of_a_secret_come_from_its_file_where_the_environment_lacks_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "minio.env"
    file.write_text(
        "# of the test\nAWS_ACCESS_KEY_ID=a=b\nAWS_SECRET_ACCESS_KEY=c\nPATH=d\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "given")
    path = environment()["PATH"]

    reach_lake(on_minio(file))

    found = environment()
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("a=b", "given")
    assert found["PATH"] == path


@pytest.mark.usefixtures("without_keys")
@pytest.mark.parametrize(
    "text", [None, "", "AWS_ACCESS_KEY_ID=a\n", "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=\n"]
)
def test_a_file_without_a_key_is_refused_and_no_value_is_shown(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "minio.env"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidSetting, match="AWS_SECRET_ACCESS_KEY") as refused:
        reach_lake(on_minio(file))
    assert refused.value.key == "identity.secret_file"


@pytest.mark.usefixtures("without_keys")
def test_a_place_without_secrets_reads_no_file(tmp_path: Path) -> None:
    reach_lake(load_profile("local", variables={}))
    reach_lake(load_profile("onprem", variables={}))
