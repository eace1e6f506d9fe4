"""What every step works with: a session, a profile, the project's definitions and the lake's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from featurestore.definitions import load_project
from featurestore.files import absolute_uri, find_files
from featurestore.lake_access import reach_lake
from featurestore.offline.hudi_table import DEBRIS_MARK, TABLE_MARK
from featurestore.offline.session import build_session
from featurestore.offline.tables import TABLE_DEPTHS, Lake
from featurestore.progress import tell

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.config import Profile
    from featurestore.definitions import Project


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A place to run steps in."""

    spark: SparkSession
    profile: Profile
    project: Project

    def __post_init__(self) -> None:
        reach_lake(self.profile)

    @property
    def lake(self) -> Lake:
        """The tables under the profile's root."""
        return Lake(spark=self.spark, profile=self.profile)

    @property
    def root_uri(self) -> str:
        """The lake's root."""
        return self.profile.storage.root_uri

    def tables(self) -> list[str]:
        """Names of all tables, sorted."""
        root = absolute_uri(self.root_uri)
        mark = f"/{TABLE_MARK}"
        found = [uri for depth in TABLE_DEPTHS for uri in find_files(f"{root}/{depth}{mark}")]
        return sorted(
            uri.removeprefix(f"{root}/").removesuffix(mark) for uri in found if DEBRIS_MARK not in uri
        )


def open_workspace(profile: Profile, project: Project | None = None) -> Workspace:
    """A workspace with the one Spark session of this process; the project is the profile's unless given."""
    defined = project or load_project(profile.project)
    tell("starting Spark")
    return Workspace(spark=build_session(profile), profile=profile, project=defined)
