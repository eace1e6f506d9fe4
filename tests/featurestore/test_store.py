"""The object a data scientist holds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer

from featurestore.cli.app import app
from featurestore.config import load_profile
from featurestore.errors import InvalidRequest
from featurestore.store import FeatureStore

if TYPE_CHECKING:
    from pathlib import Path

METHODS = {
    "apply": "apply",
    "evaluate": "evaluate",
    "features compute": "compute_features",
    "features pin": "pin_tables",
    "measure-drift": "measure_drift",
    "history": "history",
    "ingest batch": "ingest_batch",
    "ingest pin": "pin_input",
    "ingest stream": "ingest_stream",
    "ingest validate": "validate",
    "models list": "models",
    "models promote": "promote",
    "models register": "register_model",
    "models roll-back": "roll_back",
    "plan": "plan",
    "read": "preview",
    "report": "report_model",
    "score": "score",
    "split": "split",
    "train": "train",
    "training-set build": "build_training_set",
}
"""The method of each command."""

OF_THE_MACHINE = {
    "demo",
    "dev emulators down",
    "dev emulators status",
    "dev emulators up",
    "dev jars",
    "dev kafka down",
    "dev kafka status",
    "dev kafka up",
    "doctor",
    "profile check",
    "profile diff",
    "profile list",
    "profile show",
}
"""Commands on this machine and no lake."""

OF_MANIFESTS = {"manifests check", "manifests diff", "manifests render"}
OF_JOBS = {
    "manifests cancel",
    "manifests list",
    "manifests logs",
    "manifests reap",
    "manifests status",
    "manifests submit",
}
"""Commands on jobs of a cluster, which are no methods of a store."""

OF_PIPELINES = {
    "pipeline cancel",
    "pipeline compile",
    "pipeline list",
    "pipeline logs",
    "pipeline notify",
    "pipeline promote",
    "pipeline register",
    "pipeline resume",
    "pipeline rollback",
    "pipeline run",
    "pipeline schedule",
    "pipeline status",
}
"""Commands on runs of several steps."""

OF_TEAMS = {"team add"}
"""Commands on places in a cluster."""

OF_OWN_JOBS = {"image build", "run"}
"""Commands on a user's own program."""

OF_FRAMES = {"get_historical_features", "ingest_rows", "read", "training_rows"}
"""Methods that take or give frames, which a command line cannot hold."""


def commands(group: Any, above: str = "") -> set[str]:
    """Every command as a person types it."""
    found: set[str] = set()
    for name, command in group.commands.items():
        path = f"{above} {name}".strip()
        found |= commands(command, path) if hasattr(command, "commands") else {path}
    return found


def test_each_command_has_its_method_and_each_method_its_command() -> None:
    named = commands(typer.main.get_command(app))
    methods = {name for name in dir(FeatureStore) if not name.startswith("_")}

    assert (
        named
        == set(METHODS) | OF_THE_MACHINE | OF_MANIFESTS | OF_JOBS | OF_PIPELINES | OF_TEAMS | OF_OWN_JOBS
    )
    assert methods == set(METHODS.values()) | OF_FRAMES


def test_making_one_starts_and_imports_no_engine() -> None:
    program = (
        "import json, sys; from featurestore import FeatureStore; FeatureStore('local');"
        "print(json.dumps([n for n in ('pyspark', 'py4j', 'pandas', 'kafka') if n in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


def test_a_loaded_profile_is_taken_as_it_is(tmp_path: Path) -> None:
    profile = load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})

    assert FeatureStore(profile).profile is profile
    with pytest.raises(InvalidRequest, match="overrides"):
        FeatureStore(profile, overrides={"storage.root_uri": "/tmp/other"})
