"""Where the tests of a module are."""

from __future__ import annotations

from pathlib import PurePosixPath

from tests.architecture.sources import ROOT, modules

WITHOUT_TESTS = frozenset[str]()
"""Modules of `featurestore/` that need no test file of their own; each with its reason beside it."""


def test_each_module_has_its_test_file() -> None:
    named = [path for path in modules("featurestore") if PurePosixPath(path).name != "__init__.py"]
    missing = [
        mirror(path) for path in named if path not in WITHOUT_TESTS and not (ROOT / mirror(path)).is_file()
    ]

    assert missing == []


def test_each_exception_is_still_a_module() -> None:
    assert set(modules("featurestore")) >= WITHOUT_TESTS


def mirror(path: str) -> str:
    """`featurestore/a/b.py` is tested in `tests/featurestore/a/test_b.py`."""
    module = PurePosixPath(path)
    return str(PurePosixPath("tests") / module.parent / f"test_{module.name}")
