"""Which version a request means, and what is said of models."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactNotFound, InvalidRequest
from featurestore.files import join_uri, write_text
from featurestore.steps.models import chosen_version, models_under, promote_model, roll_back_model
from tests.helpers.models import CARD

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A lake with two versions of a model, of which only the cards matter here."""
    for version in ("1", "2"):
        card = replace(CARD, name="buys", version=version, settings={"maxIter": int(version)})
        write_text(join_uri(str(tmp_path), "models", "buys", version, "card.json"), card.to_json())
    return str(tmp_path)


def test_a_version_is_meant_by_number_by_alias_or_as_the_newest(root: str) -> None:
    promote_model(root, model="buys", version=1, alias="champion")

    assert chosen_version(root, model="buys", version=2, alias=None) == "2"
    assert chosen_version(root, model="buys", version=None, alias="champion") == "1"
    assert chosen_version(root, model="buys", version=None, alias=None) is None


def test_a_version_and_an_alias_together_are_refused(root: str) -> None:
    with pytest.raises(InvalidRequest):
        chosen_version(root, model="buys", version=1, alias="champion")
    with pytest.raises(ArtifactNotFound):
        chosen_version(root, model="buys", version=None, alias="champion")


def test_a_lake_without_models_has_none(tmp_path: Path) -> None:
    assert models_under(str(tmp_path)).models == ()


def test_every_version_is_listed_with_its_aliases(root: str) -> None:
    promote_model(root, model="buys", version=1, alias="champion")
    promote_model(root, model="buys", version=2, alias="champion")
    promote_model(root, model="buys", version=2, alias="challenger")

    listed = [(entry.version, entry.aliases) for entry in models_under(root).models]

    assert listed == [(1, ()), (2, ("challenger", "champion"))]
    assert roll_back_model(root, model="buys", alias="champion").aliases == {"challenger": 2, "champion": 1}
