"""The tests that documents name are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_a_document_names_exists(document: str) -> None:
    missing = [f"{path}::{name}" for path, name in named_in(document) if name not in functions_in(path)]

    assert missing == []


def test_each_rule_names_a_test() -> None:
    text = (ROOT / "docs/semantics.md").read_text(encoding="utf-8")
    rules = re.split(r"(?m)^## (?=\d)", text.partition("## Not implemented")[0])[1:]

    assert [rule.splitlines()[0] for rule in rules if not NAMED.search(rule)] == []


def named_in(document: str) -> list[tuple[str, str]]:
    """Path and name of each test that a document names."""
    return NAMED.findall((ROOT / document).read_text(encoding="utf-8"))


@cache
def functions_in(path: str) -> frozenset[str]:
    """The names of the test functions in a file; none where there is no such file."""
    if not (ROOT / path).is_file():
        return frozenset()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=path)
    functions = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))
