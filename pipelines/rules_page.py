"""The page of rules, made from the rules themselves: `python -m pipelines.rules_page FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.check import RULES

PAGE = "manifest-rules.md"
_SUBJECTS = {
    "N": "Names",
    "I": "Images",
    "P": "Pods",
    "Q": "Scheduling",
    "S": "Settings",
    "L": "Places",
}
_HEAD = """\
# Rules of manifests

What `featurestore manifests check` asks of a SparkApplication, after its schema (`M101`). An error stops a submit; a
warning does not. Made by `make docs` from `pipelines/rules/`.
"""


def rules_page() -> str:
    """All rules in Markdown, a table for each subject."""
    return "\n".join([_HEAD, *(_section(letter, title) for letter, title in _SUBJECTS.items())])


def _section(letter: str, title: str) -> str:
    rows = [
        f"| {rule.name} | {rule.level.value} | {_cell(rule.holds)} | {_cell(rule.why)} | {_cell(rule.fix)} |"
        for rule in RULES
        if rule.name.startswith(letter)
    ]
    head = ["| rule | level | what must hold | otherwise | what to do |", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}\n", *head, *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main(folder: str) -> None:
    """Writes the page into a folder."""
    (Path(folder) / PAGE).write_text(rules_page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
