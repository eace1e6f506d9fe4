"""The published schema: made from the code, and true of every report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from featurestore.report_schema import main, report_kinds, report_schema
from tests.helpers.sample_reports import sample_report

if TYPE_CHECKING:
    from featurestore.step_reports import Report

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_published_pages_are_those_of_the_code(tmp_path: Path) -> None:
    main(str(tmp_path))

    for page in ("reports.md", "reports.schema.json"):
        assert (tmp_path / page).read_text() == (DOCS / page).read_text(), "run `make docs`"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


@pytest.mark.parametrize("kind", report_kinds(), ids=lambda kind: kind.__name__)
def test_a_report_fits_its_schema_and_no_longer_where_a_field_is_gone(kind: type[Report]) -> None:
    document = json.loads(json.dumps(sample_report(kind).to_json()))
    schema: dict[str, Any] = {**report_schema(), "$ref": f"#/$defs/{kind.__name__}"}

    jsonschema.validate(document, schema)

    document.pop("step")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)
