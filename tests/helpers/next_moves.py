"""What a user does next, as the last sentence of an error's message says."""

from __future__ import annotations

import re

VERBS = {
    "Add",
    "Ask",
    "Build",
    "Change",
    "Check",
    "Choose",
    "Correct",
    "Create",
    "Fetch",
    "Free",
    "Give",
    "Ingest",
    "Install",
    "Keep",
    "Leave",
    "Make",
    "Move",
    "Name",
    "Promote",
    "Put",
    "Raise",
    "Read",
    "Remove",
    "Render",
    "Report",
    "Restore",
    "Run",
    "Set",
    "Shorten",
    "Start",
    "Take",
    "Train",
    "Try",
    "Unset",
    "Use",
}


def next_move(error: Exception | str) -> str:
    """The last sentence of a message, which is an order; an `AssertionError` where it is none."""
    *before, last = re.split(r"(?<=[.])\s+(?=[A-Z])", str(error))
    assert before, f"the message is one sentence: {error}"
    assert last.split()[0] in VERBS, f"no order: {last}"
    assert last.endswith("."), f"no sentence: {last}"
    return last
