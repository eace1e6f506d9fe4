"""Read a JSON object whose fields are known, and say clearly what is wrong with one that differs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.errors import ArtifactBroken, UsageError
from featurestore.instants import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Shape:
    """What a field may hold, in words and as a test."""

    words: str
    accepts: Callable[[Any], bool]


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_time(value: object) -> bool:
    """Tell whether a value is the text of a time with a zone."""
    try:
        parse_time(str(value), subject="time")
    except UsageError:
        return False
    return isinstance(value, str)


TEXT = Shape("text", lambda value: isinstance(value, str))
COUNT = Shape(
    "a whole number of 0 or more",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
)
NUMBER = Shape("a number", is_number)
SETTING = Shape(
    "text, a number, true or false", lambda value: isinstance(value, str | bool) or is_number(value)
)
TIME = Shape("a time with a zone", is_time)
ANY_OBJECT = Shape("an object", lambda value: isinstance(value, dict))


def optional(shape: Shape) -> Shape:
    """The shape, or null."""
    return Shape(f"{shape.words} or null", lambda value: value is None or shape.accepts(value))


def list_of(shape: Shape) -> Shape:
    """A list of any length."""
    return Shape(
        f"a list ({shape.words} each)",
        lambda value: isinstance(value, list) and all(shape.accepts(item) for item in value),
    )


def object_of(shape: Shape) -> Shape:
    """An object with any names, each value of one shape."""
    return Shape(
        f"an object ({shape.words} each)",
        lambda value: isinstance(value, dict) and all(shape.accepts(item) for item in value.values()),
    )


def parse_object(text: str, shapes: Mapping[str, Shape], *, subject: str) -> dict[str, Any]:
    """Return the object in `text`, which holds exactly the fields of `shapes`.

    ArtifactBroken, naming `subject` and the field, for anything else.
    """
    return check_object(parse_json_object(text, subject=subject), shapes, subject=subject)


def parse_json_object(text: str, *, subject: str) -> dict[str, Any]:
    """Return the object in `text`; ArtifactBroken, naming `subject`, for anything else."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ArtifactBroken(subject, expected="JSON", received=text[:80]) from error
    return _as_object(document, subject=subject)


def check_object(document: object, shapes: Mapping[str, Shape], *, subject: str) -> dict[str, Any]:
    """Return `document`, which must be an object with exactly the fields of `shapes`."""
    document = _as_object(document, subject=subject)
    if document.keys() != shapes.keys():
        missing, unknown = sorted(shapes.keys() - document.keys()), sorted(document.keys() - shapes.keys())
        raise ArtifactBroken(
            subject, expected=f"fields {sorted(shapes)}", received={"missing": missing, "unknown": unknown}
        )
    for name, shape in shapes.items():
        if not shape.accepts(document[name]):
            raise ArtifactBroken(f"{subject}, field {name!r}", expected=shape.words, received=document[name])
    return document


def _as_object(document: object, *, subject: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ArtifactBroken(subject, expected="a JSON object", received=type(document).__name__)
    return document
