"""What the README shows is what the package takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from featurestore.definitions import Project
from featurestore.definitions.training import spec_from_yaml

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    """The one block of this language that contains a text."""
    (found,) = (
        text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if containing in text
    )
    return str(found)


def test_the_project_of_ones_own_is_a_project_with_the_features_it_is_said_to_have() -> None:
    names: dict[str, Any] = {}
    exec(block("python", "PAGE_VIEWS ="), names)  # noqa: S102 - our own page

    project = names["PROJECT"]

    assert isinstance(project, Project)
    for name in project.view("reader_activity").feature_names:
        assert name in README


def test_the_training_spec_is_one() -> None:
    spec = spec_from_yaml(block("yaml", "# spec.yaml"))

    assert (spec.algorithm, len(spec.gate)) == ("gradient_boosted_trees", 2)
