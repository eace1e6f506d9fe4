"""What people see of an answer."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.console import Console

from featurestore.cli.show import cell, show
from featurestore.step_reports import HistoryEntry, HistoryReport, ReadReport, ScoreReport


def shown(answer: object, *, width: int = 100) -> str:
    stream = io.StringIO()
    show(answer, Console(file=stream, width=width))
    return stream.getvalue()


def read_report(*rows: dict[str, Any]) -> ReadReport:
    columns = tuple(rows[0]) if rows else ()
    return ReadReport(
        step="read_table",
        table="events/clicks",
        as_of=None,
        instant="20240601120000000",
        rows_total=12_345,
        digest="ab12",
        columns=columns,
        rows=rows,
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (-1234.5, "-1,234.5"),
        (True, "yes"),
        (None, "-"),
        (datetime(2024, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2024-03-01 10:00:00 UTC"),
        (datetime(2024, 3, 1, 12, 0, 0, 1500, tzinfo=timezone.utc), "2024-03-01 12:00:00.0015 UTC"),
        ("\x1b[31mred\n", "\\x1b[31mred\\n"),
    ],
)
def test_a_value_as_text(value: object, text: str) -> None:
    assert cell(value) == text


def test_rows_are_a_table_where_they_fit() -> None:
    text = shown(read_report({"id": 1234, "page": "home"}, {"id": 2, "page": None}))

    lines = [line.rstrip() for line in text.splitlines()]
    assert lines[0] == "events/clicks: 12,345 rows, the first 2 below"
    assert lines[-3:] == ["  id  page", "1234  home", "   2  -"]


def test_rows_too_wide_are_blocks_with_their_exact_column_names() -> None:
    text = shown(read_report({"record_key": "k" * 60, "content_digest": "d" * 60}))

    assert "row 1\nrecord_key" in text
    assert "content_digest  " + "d" * 60 in text


def test_data_cannot_speak_the_markup_of_the_screen() -> None:
    assert "[red]sale[/red]" in shown(read_report({"page": "[red]sale[/red]"}))


def test_history_is_a_line_a_commit() -> None:
    time = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
    commit = HistoryEntry(
        instant="20240601120000000", requested=time, completed=None, action="commit", counts={"read": 3}
    )
    text = shown(
        HistoryReport(step="history", table="events/clicks", earliest_readable=time, commits=(commit,))
    )

    assert text.splitlines()[0].rstrip() == "events/clicks: 1 commits, newest first"
    assert text.splitlines()[-1].split() == ["20240601120000000", "-", "commit", "-", "-", "-", "-"]


def test_a_number_of_rows_is_a_value_like_others() -> None:
    report = ScoreReport(
        step="score",
        model="m",
        version=1,
        table="predictions/m",
        rows=1500,
        instant="20240601120000000",
        instants={"features/user_activity/v1": "20240601110000000"},
        mean_probability=0.25,
        digest="ab12",
    )

    lines = [line.rstrip() for line in shown(report).splitlines()]
    assert "rows                                 1,500" in lines
    assert "instants, features/user_activity/v1  20240601110000000" in lines


def test_any_mapping_is_shown_with_a_line_a_value() -> None:
    text = shown({"jars": {"spark": 1200}, "folder": "/cache", "inputs": list("abcdefg"), "none": []})

    assert [line.rstrip() for line in text.splitlines()] == [
        "jars, spark  1,200",
        "folder       /cache",
        "inputs       a",
        "             b",
        "             c",
        "             d",
        "             e and 2 more",
        "none         none",
    ]


def test_a_number_that_is_a_name_can_be_copied() -> None:
    console = Console(record=True, width=80, file=io.StringIO())

    show({"process_id": 12345, "events": 12345}, console)

    assert console.export_text().split() == ["process", "id", "12345", "events", "12,345"]
