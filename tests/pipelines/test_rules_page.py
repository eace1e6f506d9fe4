"""The page of rules: whole, and what the rules say now."""

from __future__ import annotations

from pathlib import Path

from pipelines.check import RULES
from pipelines.rules_page import PAGE, main, rules_page

DOCS = Path(__file__).parents[2] / "docs"


def test_every_rule_has_its_row() -> None:
    rows = [
        line.split(" | ")[0].removeprefix("| ") for line in rules_page().splitlines() if line.startswith("| ")
    ]

    assert [row for row in rows if row != "rule"] == [rule.name for rule in RULES]


def test_the_page_is_up_to_date(tmp_path: Path) -> None:
    main(str(tmp_path))

    assert (tmp_path / PAGE).read_text() == (DOCS / PAGE).read_text(), "run `make docs`"
