"""Progress goes to whoever listens nearest."""

from __future__ import annotations

import pytest

from featurestore.progress import listening, tell


def test_without_a_listener_nothing_happens() -> None:
    tell("reading")


def test_the_nearest_listener_hears() -> None:
    outer: list[str] = []
    inner: list[str] = []

    with listening(outer.append):
        tell("before")
        with listening(inner.append):
            tell("inside")
        tell("after")
    tell("alone")

    assert (outer, inner) == (["before", "after"], ["inside"])


def test_an_error_ends_the_listening() -> None:
    outer: list[str] = []
    inner: list[str] = []

    with listening(outer.append):
        with pytest.raises(ValueError, match="broken"), listening(inner.append):
            fail()
        tell("after")

    assert (outer, inner) == (["after"], ["failing"])


def fail() -> None:
    tell("failing")
    message = "broken"
    raise ValueError(message)
