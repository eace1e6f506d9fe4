"""The first line of a report."""

from __future__ import annotations

from featurestore import step_reports
from featurestore.cli.headlines import _HEADLINES, headline_of
from featurestore.step_reports import Report, SplitReport


def test_a_report_says_what_it_comes_to() -> None:
    report = SplitReport(
        step="split",
        training_set="march",
        by="entity",
        test_fraction=0.2,
        train_rows=8_000,
        train_positives=80,
        test_rows=2_000,
        test_positives=20,
        gap_rows=0,
        reused=True,
    )

    assert headline_of(report) == "march was divided before by entity: 8,000 to train, 2,000 to test"


def test_what_is_no_report_has_none() -> None:
    assert headline_of({"running": True}) is None


def test_every_report_has_one() -> None:
    reports = {
        kind
        for kind in vars(step_reports).values()
        if isinstance(kind, type) and issubclass(kind, Report) and kind is not Report
    }

    assert reports == set(_HEADLINES)
