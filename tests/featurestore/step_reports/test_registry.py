"""Reports of definitions."""

from __future__ import annotations

import msgspec

from featurestore.step_reports import ApplyReport, PlanReport
from tests.helpers.sample_reports import sample_report


def test_what_was_planned_and_what_was_applied_are_told_alike() -> None:
    planned, applied = (sample_report(kind).to_json() for kind in (PlanReport, ApplyReport))

    assert planned == applied


def test_a_report_that_was_kept_can_be_read_again() -> None:
    report = sample_report(PlanReport)

    assert msgspec.convert(report.to_json(), PlanReport) == report
