"""Reports: what was done, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from featurestore.report_schema import report_kinds
from tests.helpers.sample_reports import sample_report

if TYPE_CHECKING:
    from featurestore.step_reports import Report


@pytest.mark.parametrize("kind", report_kinds(), ids=lambda kind: kind.__name__)
def test_every_report_is_plain_json(kind: type[Report]) -> None:
    report = sample_report(kind)

    document = report.to_json()

    assert document.keys() == set(kind.__struct_fields__)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
