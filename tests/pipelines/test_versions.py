"""Versions of pipelines, and the active one of each domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore import __version__
from featurestore.config import load_profile
from featurestore.errors import (
    ArtifactBroken,
    ArtifactExists,
    ArtifactNotFound,
    InvalidRequest,
    RegistryMoved,
)
from pipelines import versions
from pipelines.versions import (
    activate,
    active_version,
    keep_version,
    kept_version,
    roll_back,
    trail_of,
    version_name,
)

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

ONE: dict[str, Any] = {"pipelineInfo": {"name": "clicks"}, "root": 1}
TWO: dict[str, Any] = {"pipelineInfo": {"name": "clicks"}, "root": 2}


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})


def test_a_version_is_named_by_code_and_content_and_comes_back_as_it_was(profile: Profile) -> None:
    version = keep_version("clicks", ONE, profile)

    assert version.startswith(f"{__version__}-")
    assert version == keep_version("clicks", ONE, profile) != keep_version("clicks", TWO, profile)
    assert kept_version("clicks", version, profile) == ONE


def test_a_version_is_never_changed(profile: Profile, tmp_path: Path) -> None:
    version = keep_version("clicks", ONE, profile)
    (tmp_path / f"_pipelines/clicks/versions/{version}.yaml").write_text("other: 1\n")

    with pytest.raises(ArtifactExists):
        keep_version("clicks", ONE, profile)


def test_one_version_is_active_and_rolling_back_gives_the_one_before(profile: Profile) -> None:
    one, two = (keep_version("clicks", document, profile) for document in (ONE, TWO))
    activate("clicks", one, profile)
    activate("clicks", two, profile)
    again = activate("clicks", two, profile)

    assert (active_version("clicks", profile), again.number, again.versions) == (two, 2, (one, two))
    assert roll_back("clicks", profile).versions == (one,)
    assert active_version("clicks", profile) == one
    with pytest.raises(InvalidRequest, match="active before"):
        roll_back("clicks", profile)


def test_what_is_not_there_is_told_from_what_is(profile: Profile) -> None:
    version = keep_version("clicks", ONE, profile)

    with pytest.raises(ArtifactNotFound) as raised:
        kept_version("clicks", version_name(TWO), profile)
    assert raised.value.known == (version,)
    with pytest.raises(ArtifactNotFound, match="register"):
        active_version("clicks", profile)


def test_of_two_writers_at_once_one_wins(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    before = trail_of("clicks", profile)
    activate("clicks", "1", profile)
    monkeypatch.setattr(versions, "trail_of", lambda _name, _profile: before)

    with pytest.raises(RegistryMoved, match="active version of clicks"):
        activate("clicks", "2", profile)


def test_a_damaged_trail_is_named(profile: Profile, tmp_path: Path) -> None:
    activate("clicks", "1", profile)
    (tmp_path / "_pipelines/clicks/active/1.json").write_text("[]")

    with pytest.raises(ArtifactBroken, match=r"active/1\.json"):
        active_version("clicks", profile)
