"""What joins and windows mean, written as their definitions read, over plain tuples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from featurestore.definitions.features import AggregationFunction as Function
from featurestore.windows import micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from featurestore.definitions.features import Aggregation


class Row(NamedTuple):
    """A feature row; times in microseconds."""

    keys: tuple[str | None, ...]
    time: int
    known_at: int
    record_key: str
    value: int | None


def joined(
    keys: tuple[str | None, ...], time: int, rows: Sequence[Row], *, lookback: int | None
) -> Row | None:
    """The row that a label with these keys takes at this time."""
    oldest = -math.inf if lookback is None else time - lookback
    fitting = [row for row in rows if row.keys == keys and None not in keys and oldest <= row.time <= time]
    return max(fitting, key=lambda row: (row.time, row.known_at, row.record_key.encode()), default=None)


def windowed(aggregation: Aggregation, events: Sequence[Mapping[str, Any]], time: int) -> Any:
    """A windowed feature of one entity at a time; events hold `time` (microseconds), `key` and the fields."""
    past = sorted((event["time"], event["key"], event) for event in events if event["time"] <= time)
    if not past:
        return None
    oldest = time - micros(aggregation.window)
    inside = [event for happened, _, event in past if happened > oldest]
    if aggregation.field is None:
        return len(inside)
    values = [event[aggregation.field] for event in inside if event[aggregation.field] is not None]
    return _COMPUTED[aggregation.function](values)


def _sum(values: list[Any]) -> Any:
    return math.fsum(values) if any(isinstance(value, float) for value in values) else sum(values)


_COMPUTED: dict[Function, Callable[[list[Any]], Any]] = {
    Function.COUNT: len,
    Function.SUM: _sum,
    Function.MEAN: lambda values: float(_sum(values)) / len(values) if values else None,
    Function.DISTINCT_COUNT: lambda values: len(set(values)),
    Function.LAST: lambda values: values[-1] if values else None,
}
