"""Names and labels as Kubernetes takes them."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timezone

LONGEST_NAME = 40
"""Of an application: so that its driver's and executors' names and their labels stay within their limits."""
_LONGEST_LABEL = 63
_DIGITS = 8


def application_name(*parts: str) -> str:
    """A name of small letters, digits and dashes that begins with a letter, at most 40 characters.

    What is too long, or told apart only by what a name cannot hold, ends in eight digits of its SHA-256.
    """
    whole = "-".join(part for part in parts if part)
    plain = re.sub("[^a-z0-9]+", "-", whole.lower()).strip("-")
    if len(plain) <= LONGEST_NAME and plain == whole.replace("_", "-").replace("/", "-"):
        return plain
    return f"{plain[: LONGEST_NAME - _DIGITS - 1].rstrip('-')}-{digest(whole)}"


def new_run() -> str:
    """A name for a run that no other has, which sorts by time."""
    return f"{datetime.now(timezone.utc):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def is_run(text: str) -> bool:
    """Whether this can be the name of a run: it is a label, and a folder."""
    return re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", text) is not None


def digest(text: str) -> str:
    """Eight digits that tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def label_value(text: str) -> str:
    """The text as the value of a label: letters, digits, dashes, dots and underscores, at most 63."""
    return re.sub("[^A-Za-z0-9._-]+", "-", text)[:_LONGEST_LABEL].strip("-._")
