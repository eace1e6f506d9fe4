"""How this process reaches a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]

from featurestore.config import load_profile
from featurestore.lake_access import reach_lake

if TYPE_CHECKING:
    import pytest


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
