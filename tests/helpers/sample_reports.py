"""A report of each kind, with a value in every field."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featurestore.step_reports import Report

NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)

SAMPLES: Mapping[Any, Any] = {
    str: "text",
    int: 7,
    float: 0.5,
    bool: True,
    datetime: NOON,
    Any: math.nan,
}


def sample(hint: Any) -> Any:
    """A value of a report's field."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint(**{name: sample(inner) for name, inner in get_type_hints(hint).items() if name[0] != "_"})
    if origin is tuple:
        return (sample(arguments[0]),) if arguments[-1] is ... else tuple(map(sample, arguments))
    if origin is dict:
        return {"key": sample(arguments[1])}
    return sample(arguments[0]) if arguments else SAMPLES[hint]


def sample_report(kind: type[Report]) -> Report:
    """A report of this kind."""
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in msgspec.structs.fields(kind)})
