"""Small files of JSON in a lake: written so that people can read them, read back as what they were written from."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from featurestore.errors import ArtifactBroken
from featurestore.files import read_text

Read = TypeVar("Read")


def json_text(value: Any) -> str:
    """The value as JSON with two spaces a level and a line's end; times are UTC in ISO 8601."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def read_json(uri: str, kind: type[Read], *, expected: str) -> Read:
    """What the file holds; `ArtifactBroken`, with what was expected, where it holds something else.

    Raises `FileNotFoundError` where there is no file.
    """
    try:
        return msgspec.json.decode(read_text(uri), type=kind)
    except msgspec.DecodeError as error:
        raise ArtifactBroken(uri, expected=expected, received=str(error)) from error
