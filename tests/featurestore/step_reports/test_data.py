"""Reports of rows."""

from __future__ import annotations

from datetime import date, timedelta

from featurestore.step_reports import HistoryEntry, HistoryReport, ReadReport
from tests.helpers.sample_reports import NOON


def test_rows_keep_their_values_as_text() -> None:
    row = {"at": NOON, "on": date(2024, 6, 1), "for": timedelta(minutes=5), "name": "ü", "none": None}
    report = ReadReport(
        step="read_table",
        table="events/clicks",
        as_of=NOON,
        instant="20240601120000000",
        rows_total=1,
        digest="",
        columns=tuple(row),
        rows=(row,),
    )

    assert report.to_json()["as_of"] == "2024-06-01T12:00:00Z"
    assert report.to_json()["rows"] == [
        {"at": "2024-06-01T12:00:00Z", "on": "2024-06-01", "for": "PT300S", "name": "ü", "none": None}
    ]


def test_a_pending_commit_has_no_time_of_completion() -> None:
    pending = HistoryEntry(instant="20240601120000000", requested=NOON, completed=None, action="commit")
    report = HistoryReport(step="history", table="events/clicks", earliest_readable=None, commits=(pending,))

    assert report.to_json()["commits"][0]["completed"] is None
