"""Aliases: promoted, rolled back, moved by one writer at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest, RegistryMoved
from featurestore.files import join_uri, write_text
from featurestore.training.model_aliases import Aliases, aliases_of, promote, roll_back, version_of
from featurestore.training.model_versions import list_models
from tests.helpers.models import CARD

if TYPE_CHECKING:
    from pathlib import Path

NAME = "buys"


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A lake with three versions of a model, of which only the cards matter here."""
    for version in ("1", "2", "3"):
        card = replace(CARD, name=NAME, version=version, settings={"maxIter": int(version)})
        write_text(join_uri(str(tmp_path), "models", NAME, version, "card.json"), card.to_json())
    return str(tmp_path)


def test_an_alias_stands_for_what_was_promoted_last(root: str) -> None:
    promote("champion", root_uri=root, name=NAME, version="1")
    promote("challenger", root_uri=root, name=NAME, version="2")
    found = promote("champion", root_uri=root, name=NAME, version="3")

    assert found.versions == {"challenger": "2", "champion": "3"}
    assert version_of("champion", root_uri=root, name=NAME) == "3"
    assert list_models(root_uri=root) == {NAME: ("1", "2", "3")}


def test_rolling_back_goes_the_way_back_and_not_to_and_fro(root: str) -> None:
    for version in ("1", "2", "3"):
        promote("champion", root_uri=root, name=NAME, version=version)

    assert roll_back("champion", root_uri=root, name=NAME).versions == {"champion": "2"}
    assert roll_back("champion", root_uri=root, name=NAME).versions == {"champion": "1"}
    with pytest.raises(InvalidRequest, match="only 1"):
        roll_back("champion", root_uri=root, name=NAME)


def test_promoting_what_stands_already_changes_nothing(root: str) -> None:
    first = promote("champion", root_uri=root, name=NAME, version="1")

    assert promote("champion", root_uri=root, name=NAME, version="1") == first
    assert first.number == 1


def test_what_is_not_there_cannot_be_promoted_or_found(root: str) -> None:
    with pytest.raises(ArtifactNotFound):
        promote("champion", root_uri=root, name=NAME, version="4")
    with pytest.raises(ArtifactNotFound, match="buys@champion"):
        version_of("champion", root_uri=root, name=NAME)
    with pytest.raises(InvalidRequest):
        promote("../champion", root_uri=root, name=NAME, version="1")
    assert aliases_of(root_uri=root, name=NAME) == Aliases()


def test_of_two_writers_at_once_one_wins(root: str) -> None:
    start = Barrier(2)

    def write(version: str) -> bool:
        start.wait()
        try:
            promote("champion", root_uri=root, name=NAME, version=version)
        except RegistryMoved:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(write, ("1", "2")))

    found = aliases_of(root_uri=root, name=NAME)
    assert won.count(True) == found.number
    assert len(found.trails["champion"]) == found.number


def test_damaged_aliases_are_refused(root: str) -> None:
    write_text(join_uri(root, "models", NAME, "aliases", "1.json"), "{")

    with pytest.raises(ArtifactBroken):
        aliases_of(root_uri=root, name=NAME)
