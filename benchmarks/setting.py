"""The session and the data that every measurement asks for, so that their figures can be compared."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from featurestore.clickstream.generated_files import write_parquet
from featurestore.clickstream.generator import StreamSpec
from featurestore.config import Profile, load_profile

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.definitions import Project

MASTER = "local[2]"
HEAP = "4g"
PARTITIONS = 8
SEED = 7
DAYS = 30
FILES = 8


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


def generate_clickstream(folder: Path, *, events: int) -> None:
    """A month of clicks, always the same for this number of events, as Parquet files."""
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    write_parquet(StreamSpec(events=events, seed=SEED, start=start, days=DAYS), folder, files=FILES)
