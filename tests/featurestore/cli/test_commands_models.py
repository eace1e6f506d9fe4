"""Commands on training sets and models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from featurestore.cli.app import main

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
    ],
)
def test_what_cannot_be_is_wrong_use(
    arguments: list[str], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--set", "project=tests.helpers.shop:PROJECT", "--set", f"storage.root_uri={tmp_path}"]

    assert main([*arguments, *place, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == kind
