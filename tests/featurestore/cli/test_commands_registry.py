"""Commands on definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from featurestore.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_definitions_are_planned_and_applied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--set", "project=tests.helpers.shop:PROJECT", "--set", f"storage.root_uri={tmp_path}", "--json"]

    assert main(["plan", *place]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert main(["apply", "--plan", planned["plan"], *place]) == 0
    applied = json.loads(capsys.readouterr().out)
    assert main(["apply", "--plan", planned["plan"], *place]) == 1
    refused = json.loads(capsys.readouterr().out)

    assert (applied["generation"], applied["changes"]) == (1, planned["changes"])
    assert refused["error"]["type"] == "RegistryMoved"
