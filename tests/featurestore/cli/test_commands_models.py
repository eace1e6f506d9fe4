"""Commands on training sets and models."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.cli.app import main
from featurestore.files import join_uri, write_text
from tests.helpers.models import CARD

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["training-set", "build", "nothing", "--name", "march"], "UnknownDefinition"),
        (["training-set", "build", "buyers", "--name", "march"], "TableNotFound"),
        (["training-set", "build", "buyers", "--name", "../x"], "InvalidRequest"),
        (["training-set", "build", "buyers"], "WrongUse"),
        (["split", "nothing"], "ArtifactNotFound"),
        (["split", "nothing", "--by", "time", "--test-fraction", "1"], "InvalidRequest"),
        (["train", "nothing", "--model", "m", "--algorithm", "gradient_boosted_trees"], "ArtifactNotFound"),
        (["evaluate", "m", "--training-set", "nothing"], "ArtifactNotFound"),
        (["score", "nothing", "--version", "3", "--since", "7d"], "ArtifactNotFound"),
        (["score", "nothing", "--since", "soon"], "InvalidRequest"),
        (["score", "nothing", "--alias", "champion"], "ArtifactNotFound"),
        (["score", "nothing", "--alias", "champion", "--version", "1"], "InvalidRequest"),
        (["models", "promote", "nothing", "--version", "1"], "ArtifactNotFound"),
        (["models", "promote", "nothing"], "WrongUse"),
        (["models", "roll-back", "nothing"], "ArtifactNotFound"),
    ],
)
def test_what_cannot_be_is_wrong_use(
    arguments: list[str], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--set", "project=tests.helpers.shop:PROJECT", "--set", f"storage.root_uri={tmp_path}"]

    assert main([*arguments, *place, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == kind


def test_models_are_listed_promoted_and_rolled_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1", "2"):
        card = replace(CARD, name="buys", version=version, settings={"maxIter": int(version)})
        write_text(join_uri(str(tmp_path), "models", "buys", version, "card.json"), card.to_json())

    def said(*arguments: str) -> Any:
        assert main([*arguments, "--set", f"storage.root_uri={tmp_path}", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    said("models", "promote", "buys", "--version", "1")
    assert said("models", "promote", "buys", "--version", "2")["aliases"] == {"champion": 2}
    assert [entry["aliases"] for entry in said("models", "list")["models"]] == [[], ["champion"]]
    assert said("models", "roll-back", "buys")["version"] == 1
