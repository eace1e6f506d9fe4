"""Reports: what was done, as JSON."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta

import pytest

from featurestore.report_schema import report_kinds
from featurestore.step_reports import EvaluateReport, HistoryEntry, HistoryReport, ReadReport, Report
from tests.helpers.sample_reports import NOON, sample_report


@pytest.mark.parametrize("kind", report_kinds(), ids=lambda kind: kind.__name__)
def test_every_report_is_plain_json(kind: type[Report]) -> None:
    report = sample_report(kind)

    document = report.to_json()

    assert document.keys() == set(kind.__struct_fields__)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_number_that_is_none_becomes_null() -> None:
    metrics = {"auc": math.nan, "log_loss": math.inf, "rows": 3}
    report = EvaluateReport(
        step="evaluate",
        model="buys",
        version=1,
        training_set="june",
        metrics=metrics,
        calibration={},
        cost=None,
        segments={},
        champion_version=None,
        champion=None,
        gate=(),
        passed=True,
    )

    assert report.to_json()["metrics"] == {"auc": None, "log_loss": None, "rows": 3}


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
