"""Reports: what was done, as JSON."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from featurestore import step_reports
from featurestore.step_reports import EvaluateReport, HistoryEntry, HistoryReport, ReadReport, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
KINDS = [kind for kind in vars(step_reports).values() if isinstance(kind, type) and issubclass(kind, Report)]

SAMPLES: Mapping[Any, Any] = {
    str: "text",
    int: 7,
    float: 0.5,
    bool: True,
    datetime: NOON,
    Any: math.nan,
}


def sample(hint: Any) -> Any:
    """A value of a report's field."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint(**{name: sample(inner) for name, inner in get_type_hints(hint).items() if name[0] != "_"})
    if origin is tuple:
        return (sample(arguments[0]),)
    if origin is dict:
        return {"key": sample(arguments[1])}
    return sample(arguments[0]) if arguments else SAMPLES[hint]


def fields_of(kind: type[Report]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_report_is_plain_json(kind: type[Report]) -> None:
    report = kind(**{name: sample(hint) for name, hint in fields_of(kind).items()})

    document = report.to_json()

    assert document.keys() == set(fields_of(kind))
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
