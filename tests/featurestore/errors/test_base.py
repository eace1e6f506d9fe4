"""The tree of errors: as it is drawn, so it is."""

from __future__ import annotations

import ast
import re

import pytest

from featurestore import errors
from featurestore.errors import FeatureStoreError, Retryable, StepFailed, UsageError
from tests.architecture.sources import PACKAGES, modules, nodes

CLASSES = {name: getattr(errors, name) for name in errors.__all__ if name != "Retryable"}


def drawn() -> dict[str, tuple[str | None, str]]:
    """Parent and remark of each class that the package's docstring draws."""
    above: dict[int, str] = {}
    found: dict[str, tuple[str | None, str]] = {}
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"    (?P<branches>[│├└─ ]*)(?P<name>[A-Z]\w+)(?P<remark>.*)", line)
        if match:
            depth = len(match["branches"]) // 4
            found[match["name"]] = (above.get(depth - 1), match["remark"])
            above[depth] = match["name"]
    return found


def test_the_tree_drawn_is_the_tree_there_is() -> None:
    parents = {
        name: next((base.__name__ for base in kind.__bases__ if base.__name__ in CLASSES), None)
        for name, kind in CLASSES.items()
    }

    assert {name: parent for name, (parent, _) in drawn().items()} == parents


def test_errors_that_may_pass_are_marked_in_the_drawing() -> None:
    marked = {name for name, (_, remark) in drawn().items() if "Retryable" in remark}

    assert marked == {name for name, kind in CLASSES.items() if issubclass(kind, Retryable)}


def test_every_error_is_exported() -> None:
    below, classes = [FeatureStoreError], {FeatureStoreError}
    while below:
        below = [child for kind in below for child in kind.__subclasses__()]
        classes.update(below)

    ours = {kind.__name__ for kind in classes if kind.__module__.startswith("featurestore.errors.")}
    assert ours == CLASSES.keys()


def test_a_branch_is_never_raised_itself() -> None:
    branches = {name for name, kind in CLASSES.items() if "__init__" not in vars(kind)}
    called = {
        f"{path}:{node.lineno} {node.func.id}"
        for path in modules(*PACKAGES)
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in branches
    }

    assert branches == {"FeatureStoreError", "UsageError", "ConfigError", "InstantError", "StepFailed"}
    assert called == set()


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_an_error_says_when_it_is_raised(name: str) -> None:
    assert CLASSES[name].__doc__


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - {"FeatureStoreError"}))
def test_the_exit_code_tells_whose_turn_it_is(name: str) -> None:
    kind = CLASSES[name]

    assert issubclass(kind, UsageError) != issubclass(kind, StepFailed)
    assert kind.exit_code == (2 if issubclass(kind, UsageError) else 1)


def test_the_drawing_states_the_exit_codes() -> None:
    remarks = {name: remark for name, (_, remark) in drawn().items()}

    assert f"exit code {UsageError.exit_code}" in remarks["UsageError"]
    assert f"exit code {StepFailed.exit_code}" in remarks["StepFailed"]
