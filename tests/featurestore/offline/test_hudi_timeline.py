"""A table's timeline as Hudi wrote it: commits, metadata, schemas and files of each instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.errors import PastHorizon, UnknownInstant
from featurestore.instants import Instant
from tests.helpers.cleaning import clean_all_but_the_newest
from tests.helpers.events import TABLE, copy_of, timeline_folder

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.offline.hudi_timeline import HudiTimeline
    from tests.fixtures.lakes import GrownLake

pytestmark = pytest.mark.spark


@pytest.fixture
def timeline(grown_lake: GrownLake) -> HudiTimeline:
    return grown_lake.workspace.lake.events("clicks").timeline()


def test_commits_carry_requested_and_completed_times(timeline: HudiTimeline, grown_lake: GrownLake) -> None:
    assert [str(commit.instant) for commit in timeline.commits] == list(grown_lake.instants)
    files = {path.name for path in timeline_folder(grown_lake.workspace).glob("*_*.commit")}
    assert files == {
        f"{commit.instant}_{Instant.from_time(commit.completed)}.commit"
        for commit in timeline.commits
        if commit.completed
    }


def test_commits_are_told_newest_first_with_our_metadata_alone(
    timeline: HudiTimeline, grown_lake: GrownLake
) -> None:
    commits = list(timeline.newest_first())

    assert [str(commit.instant) for commit in commits] == list(reversed(grown_lake.instants))
    assert [(commit.rows_inserted, commit.rows_updated) for commit in commits] == [(1, 0), (1, 1), (1, 0)]
    for commit in commits:
        assert set(commit.metadata) == {"schema_versions", "positions", "counts", "inputs", "run_id"}


def test_each_instant_has_its_own_files(timeline: HudiTimeline, grown_lake: GrownLake) -> None:
    files = [set(timeline.files_at(Instant(instant))) for instant in grown_lake.instants]

    assert all(len(one) == 1 for one in files)
    assert len(set().union(*files)) == 3
    assert timeline.files_at(Instant("20000101000000000")) == []


def test_only_completed_commits_can_be_named(grown_lake: GrownLake, tmp_path: Path) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    (timeline_folder(workspace) / "20990101000000000.commit.requested").write_bytes(b"")
    timeline = workspace.lake.events("clicks").timeline()
    first, _, third = grown_lake.instants

    assert timeline.checked(Instant(first)) == Instant(first)
    assert timeline.latest() == Instant(third)
    for unknown in ("20990101000000000", "20000101000000000"):
        with pytest.raises(
            UnknownInstant, match=f"no completed commit {unknown}.*run from {first} to {third}"
        ):
            timeline.checked(Instant(unknown))


def test_a_commit_whose_files_were_cleaned_away_is_past_the_horizon(
    grown_lake: GrownLake, tmp_path: Path
) -> None:
    table = copy_of(grown_lake.workspace, tmp_path).lake.events("clicks")
    clean_all_but_the_newest(table)
    timeline = table.timeline()
    newest = timeline.latest_visible()

    assert timeline.files_at(Instant(grown_lake.instants[0])) == []
    assert timeline.horizon() == next(one.completed for one in timeline.commits if one.instant == newest)
    assert timeline.checked(newest) == newest
    for instant in grown_lake.instants:
        with pytest.raises(PastHorizon, match=f"{TABLE}.*its horizon has passed"):
            timeline.checked(Instant(instant))


def test_a_table_that_was_never_cleaned_keeps_everything(timeline: HudiTimeline) -> None:
    assert timeline.horizon() is None
