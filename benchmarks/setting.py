"""The machine that every measurement asks for, so that their figures can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.config import Profile, load_profile

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.definitions import Project

MASTER = "local[2]"
HEAP = "4g"
PARTITIONS = 8


def profile_in(folder: Path) -> Profile:
    """A lake and its logs in this folder."""
    settings = {
        "storage.root_uri": str(folder / "lake"),
        "state_directory": str(folder / "state"),
        "spark.master": MASTER,
        "spark.driver_memory": HEAP,
        "spark.shuffle_partitions": PARTITIONS,
    }
    return load_profile("local", overrides=settings, variables={})


def workspace_in(folder: Path, project: Project) -> Any:
    """A place to run steps in, with its Spark session."""
    from featurestore.steps.workspace import open_workspace

    return open_workspace(profile_in(folder), project)
