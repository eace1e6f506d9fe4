"""How long a module and a function may be."""

from __future__ import annotations

import ast

from tests.architecture.sources import PACKAGES, modules, nodes, text

MODULE_LINES = 300
FUNCTION_LINES = 40
"""Hard limit, docstring and decorators left out; about 30 is the aim."""


def test_no_module_has_a_second_subject() -> None:
    lengths = {path: len(text(path).splitlines()) for path in modules(*PACKAGES, "tests")}

    assert {path: length for path, length in lengths.items() if length > MODULE_LINES} == {}


def test_a_function_does_one_thing() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": function_length(node)
        for path in modules(*PACKAGES)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


def test_a_docstring_does_not_count() -> None:
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    return 1\n'
    (function,) = ast.parse(source).body

    assert isinstance(function, ast.FunctionDef)
    assert function_length(function) == 2


def function_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    length = _lines(function)
    if ast.get_docstring(function, clean=False) is not None:
        length -= _lines(function.body[0])
    return length


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
