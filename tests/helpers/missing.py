"""What a machine lacks for a test: skipped and named by a person's test run, a failure on CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skips the test, or fails it where `CI` is set: there nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"missing on CI: {what}")
    pytest.skip(what)
