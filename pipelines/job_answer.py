"""What a job says at its end: the last line that is an object of JSON, else the last words of its failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_TRACEBACK = "Traceback (most recent call last):"


def answer_in(line: str) -> dict[str, Any] | None:
    """The object that a line is; a line of another kind holds none."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def error_in(answer: dict[str, Any]) -> str | None:
    """The message with which a step says that it failed; what else a user's job answers is its own."""
    error = answer.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else None


def error_type_in(answer: dict[str, Any]) -> str | None:
    """The class of the error with which a step says that it failed."""
    error = answer.get("error")
    kind = error.get("type") if isinstance(error, dict) else None
    return kind if isinstance(kind, str) else None


def last_exception(lines: Iterable[str]) -> str | None:
    """The exception of the last traceback that Python wrote, without the trace."""
    found, within = None, False
    for line in lines:
        if line.startswith(_TRACEBACK):
            within = True
        elif within and line.strip() and not line.startswith((" ", "\t")):
            found, within = line.strip(), False
    return found
