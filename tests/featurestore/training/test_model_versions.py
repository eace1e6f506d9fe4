"""What is known of models without loading them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest
from featurestore.training.model_versions import add_evaluation, load_card
from tests.helpers.models import CARD

if TYPE_CHECKING:
    from pathlib import Path


def test_the_tenth_version_is_newer_than_the_ninth(tmp_path: Path) -> None:
    for number in range(1, 11):
        folder = tmp_path / "models/purchase" / str(number)
        folder.mkdir(parents=True)
        card = replace(CARD, version=str(number), folder="model/none")
        (folder / "card.json").write_text(card.to_json())

    assert load_card(root_uri=str(tmp_path), name="purchase").version == "10"


def test_what_was_never_saved_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ArtifactNotFound, match="purchase"):
        load_card(root_uri=str(tmp_path), name="purchase")
    with pytest.raises(ArtifactNotFound, match="version 7"):
        add_evaluation({}, root_uri=str(tmp_path), name="purchase", version="7", training_set="holdout")


def test_a_damaged_card_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "models/purchase/1"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{")

    with pytest.raises(ArtifactBroken, match=r"purchase/1/card\.json"):
        load_card(root_uri=str(tmp_path), name="purchase")


@pytest.mark.parametrize("name", ["", "Purchase", "../purchase", "a/b", "a.b", "-a", "früh", "a" * 64, "a\n"])
def test_a_name_that_is_no_safe_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest, match="model name"):
        load_card(root_uri=str(tmp_path), name=name)
    with pytest.raises(InvalidRequest, match="evaluation"):
        add_evaluation({}, root_uri=str(tmp_path), name="purchase", version="1", training_set=name)
