"""What importing the package costs, and what it offers."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import featurestore

HEAVY = ("kafka", "kfp", "kubernetes", "pandas", "pyspark")


def heavy_after(statement: str) -> list[str]:
    """The heavy packages that a fresh interpreter has loaded after one statement."""
    program = f"import json, sys\n{statement}\nprint(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(answer.stdout)
    return loaded


@pytest.mark.parametrize(
    "statement",
    [
        "import featurestore",
        "from featurestore import Entity, FeatureView, Project, load_profile",
        "import featurestore.step_requests",
        "import featurestore.cli",
        "import pipelines",
    ],
)
def test_no_engine_is_imported_for(statement: str) -> None:
    assert heavy_after(statement) == []


@pytest.mark.parametrize("name", featurestore.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(featurestore, name).__module__.startswith("featurestore.")


def test_public_names_are_listed() -> None:
    assert set(featurestore.__all__) <= set(dir(featurestore))


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'FeatureStor'"):
        getattr(featurestore, "FeatureStor")  # noqa: B009
