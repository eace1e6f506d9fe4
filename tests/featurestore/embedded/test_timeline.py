"""A timeline read without Java says what Hudi itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.embedded.timeline import TableTimeline
from featurestore.errors import BeforeFirstCommit, TableBroken, TableNotFound, UnknownInstant
from featurestore.instants import Instant
from tests.helpers.events import TABLE, clicks, copy_of, event, ingest, lake_at, timeline_folder

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def workspace(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A table of two commits."""
    made = lake_at(spark, tmp_path_factory.mktemp("timeline"), clicks())
    ingest(made, event("a"), event("b"))
    ingest(made, event("c"))
    return made


def timeline(workspace: Workspace) -> TableTimeline:
    return TableTimeline.load(workspace.profile.table_uri(TABLE), name=TABLE)


def test_commits_and_what_they_say_are_those_that_hudi_reads(workspace: Workspace) -> None:
    found, hudis = timeline(workspace), workspace.lake.events("clicks").timeline()

    assert found.commits == hudis.commits
    assert found.latest_visible() == hudis.latest_visible()
    assert list(found.metadata_newest_first()) == [one.metadata for one in hudis.newest_first()]
    assert len(found.commits) == 2
    assert "counts" in found.metadata(found.commits[0].instant)


def test_a_commit_that_is_not_completed_is_not_there(workspace: Workspace, tmp_path: Path) -> None:
    copy = copy_of(workspace, tmp_path)
    last = timeline(copy).commits[-1].instant
    (file,) = timeline_folder(copy).glob(f"{last}_*")
    file.unlink()

    found = timeline(copy)

    assert found.latest_visible() < last
    assert (found.has(last), found.has(found.latest_visible())) == (False, True)
    with pytest.raises(UnknownInstant, match=str(last)):
        found.metadata(last)


def test_a_table_without_commits_shows_nothing_yet(workspace: Workspace, tmp_path: Path) -> None:
    copy = copy_of(workspace, tmp_path)
    for file in timeline_folder(copy).glob("*_*"):
        file.unlink()

    with pytest.raises(BeforeFirstCommit):
        timeline(copy).latest_visible()


def test_what_is_no_table_or_not_of_this_layout_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TableNotFound, match="events/none"):
        TableTimeline.load(str(tmp_path / "none"), name="events/none")
    copy = copy_of(workspace, tmp_path)
    properties = timeline_folder(copy).parent / "hoodie.properties"
    properties.write_text(properties.read_text().replace("layout.version=2", "layout.version=1"))
    with pytest.raises(TableBroken, match=r"timeline\.layout\.version=2"):
        timeline(copy)


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_a_commit_that_cannot_be_read_is_named(workspace: Workspace, tmp_path: Path, content: bytes) -> None:
    copy = copy_of(workspace, tmp_path)
    last = timeline(copy).commits[-1].instant
    (file,) = timeline_folder(copy).glob(f"{last}_*")
    file.write_bytes(content)

    with pytest.raises(TableBroken, match=file.name):
        timeline(copy).metadata(last)
    assert timeline(copy).metadata(Instant(str(timeline(copy).commits[0].instant)))
