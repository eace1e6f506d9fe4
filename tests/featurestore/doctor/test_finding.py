"""What is made of a look, and of many at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from featurestore.doctor.finding import Finding, NotAsNeededError, NotLookedAtError, Outcome, gathered, looked
from featurestore.errors import MissingPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSED = Finding(check="a", outcome=Outcome.PASS, seen="all")


def raising(error: Exception) -> Callable[[], str]:
    def look() -> str:
        raise error

    return look


def test_what_a_look_returns_was_seen() -> None:
    assert looked("a", lambda: "all", fix="Mend it.") == PASSED


@pytest.mark.parametrize(
    ("error", "outcome", "seen", "fix"),
    [
        (NotLookedAtError("not wanted"), Outcome.SKIP, "not wanted", None),
        (NotAsNeededError("too old"), Outcome.FAIL, "too old", "Mend it."),
        (RuntimeError("two\n lines"), Outcome.FAIL, "RuntimeError: two lines", "Mend it."),
        (RuntimeError(), Outcome.FAIL, "RuntimeError: no reason was given", "Mend it."),
    ],
)
def test_what_it_raises_was_not_as_needed(
    error: Exception, outcome: Outcome, seen: str, fix: str | None
) -> None:
    expected = Finding(check="a", outcome=outcome, seen=seen, fix=fix)

    assert looked("a", raising(error), fix="Mend it.") == expected


def test_an_error_of_ours_says_its_own_next_move() -> None:
    error = MissingPart("Java 17", needed_for="Spark", remedy="Install it.")

    found = looked("java", raising(error), fix="Mend it.")

    assert found.seen.endswith("Install it.")
    assert found.fix is None


def test_groups_look_at_the_same_time_and_are_told_in_order() -> None:
    both = threading.Barrier(2, timeout=5)

    def look(name: str) -> Iterator[Finding]:
        both.wait()
        yield Finding(check=name, outcome=Outcome.PASS, seen="all")

    found = gathered({"a": lambda: look("a"), "b": lambda: look("b")})

    assert [one.check for one in found] == ["a", "b"]


def test_who_does_not_answer_in_time_fails_and_keeps_nobody_waiting() -> None:
    answered = threading.Event()

    def hanging() -> Iterator[Finding]:
        yield PASSED
        answered.wait(30)

    begun = time.monotonic()
    found = list(gathered({"store": hanging, "other": lambda: [PASSED]}, seconds=0.2))
    took = time.monotonic() - begun
    answered.set()

    assert [one.check for one in found] == ["a", "store", "a"]
    assert (found[1].outcome, found[1].seen) == (Outcome.FAIL, "no answer within 0.2 s")
    # Half a minute is how long the one that hangs would have taken.
    assert took < 15
