"""A table's commits as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.errors import TableNotFound
from featurestore.step_requests import HistoryRequest
from featurestore.steps.history import history
from tests.helpers.events import QUARANTINE, TABLE, copy_of, timeline_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures.lakes import GrownLake

pytestmark = pytest.mark.spark


def test_commits_come_newest_first_with_times_rows_and_schema_version(grown_lake: GrownLake) -> None:
    report = history(grown_lake.workspace, HistoryRequest(table=TABLE))

    assert [commit.instant for commit in report.commits] == list(reversed(grown_lake.instants))
    assert [(one.rows_inserted, one.rows_updated) for one in report.commits] == [(1, 0), (1, 1), (1, 0)]
    assert [commit.schema_version for commit in report.commits] == [1, 1, 1]
    assert report.commits[-1].counts["rejected"] == 1
    for commit in report.commits:
        assert commit.completed is not None
        assert commit.completed > commit.requested
        assert commit.requested.isoformat() == f"{commit.requested:%Y-%m-%dT%H:%M:%S.%f}+00:00"
    assert report.earliest_readable == report.commits[-1].completed


def test_a_commit_of_rejected_rows_has_no_schema_version(grown_lake: GrownLake) -> None:
    (commit,) = history(grown_lake.workspace, HistoryRequest(table=QUARANTINE)).commits

    assert (commit.rows_inserted, commit.schema_version, commit.counts) == (1, None, {})


def test_pending_commits_are_listed_as_such(grown_lake: GrownLake, tmp_path: Path) -> None:
    workspace = copy_of(grown_lake.workspace, tmp_path)
    (timeline_folder(workspace) / "20990101000000000.commit.requested").write_bytes(b"")

    newest, *completed = history(workspace, HistoryRequest(table=TABLE, limit=2)).commits

    assert (newest.instant, newest.completed, newest.rows_written) == ("20990101000000000", None, None)
    assert [commit.instant for commit in completed] == [grown_lake.instants[-1]]


def test_a_table_that_is_not_there_has_no_history(grown_lake: GrownLake) -> None:
    with pytest.raises(TableNotFound):
        history(grown_lake.workspace, HistoryRequest(table="events/orders"))
