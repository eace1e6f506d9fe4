"""The numbers of windowed features at any time, for one entity; shared by every engine.

Events come sorted by (event time, record key); times are int64 microseconds UTC. At a point `p` a window of
`w` microseconds holds the events in `(p - w, p]`. A feature is a step function of time that changes only where
an event enters (its time) or leaves (its time + w) a window: these are the change points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from featurestore.definitions.features import AggregationFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    import numpy.typing as npt

    from featurestore.definitions.features import Aggregation

    Times = npt.NDArray[np.int64]
    Values = npt.NDArray[Any]
    Mask = npt.NDArray[np.bool_]


_MANTISSA_BITS = 53


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A feature's values at the points; where `valid` is false the value is null."""

    values: Values
    valid: Mask


def change_points(times: Times, windows: Sequence[timedelta]) -> Times:
    """Every time at which some feature may change, sorted, each once."""
    parts = [times, *(times + micros(window) for window in set(windows))]
    return np.unique(np.concatenate(parts)) if len(times) else np.empty(0, dtype=np.int64)


def compute(
    aggregations: Sequence[Aggregation],
    times: Times,
    columns: Mapping[str, tuple[Values, Mask]],
    points: Times,
) -> dict[str, Computed]:
    """Each aggregation at each point.

    `columns` holds values and validity (false: null) by field. Before the entity's first event every feature is
    null; from then on counts and sums of empty windows are 0 and `last` is null.
    """
    seen = points >= times[0] if len(times) else np.zeros(len(points), dtype=bool)
    results = {}
    for aggregation in aggregations:
        values, valid = columns[aggregation.field] if aggregation.field else _all_events(times)
        computed = _FUNCTIONS[aggregation.function](
            times[valid], values[valid], points, micros(aggregation.window)
        )
        results[aggregation.name] = Computed(values=computed.values, valid=computed.valid & seen)
    return results


def micros(window: timedelta) -> int:
    """A duration in whole microseconds."""
    return (window.days * 86_400 + window.seconds) * 1_000_000 + window.microseconds


def _all_events(times: Times) -> tuple[Values, Mask]:
    return times, np.ones(len(times), dtype=bool)


def _bounds(times: Times, points: Times, window: int) -> tuple[Times, Times]:
    """Index range `[start, stop)` of the events in `(point - window, point]`."""
    start = np.searchsorted(times, points - window, side="right")
    stop = np.searchsorted(times, points, side="right")
    return start, stop


def _count(times: Times, _values: Values, points: Times, window: int) -> Computed:
    start, stop = _bounds(times, points, window)
    return Computed(values=(stop - start).astype(np.int64), valid=np.ones(len(points), dtype=bool))


def _sum(times: Times, values: Values, points: Times, window: int) -> Computed:
    start, stop = _bounds(times, points, window)
    if values.dtype.kind == "f":
        sums = _exact_float_sums(values, start, stop)
    else:
        running = np.concatenate([[0], np.cumsum(values.astype(np.int64))])
        sums = running[stop] - running[start]
    return Computed(values=sums, valid=np.ones(len(points), dtype=bool))


def _mean(times: Times, values: Values, points: Times, window: int) -> Computed:
    start, stop = _bounds(times, points, window)
    sums = _sum(times, values, points, window).values
    count = stop - start
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums.astype(np.float64) / count
    return Computed(values=np.where(count > 0, means, 0.0), valid=count > 0)


def _exact_float_sums(values: Values, start: Times, stop: Times) -> Values:
    """Each range's true sum, rounded once: independent of order, engine and neighbours.

    Differences of running float totals would carry rounding errors past the window, so the running totals are
    whole numbers: every finite float is one, times a power of two.
    """
    if not len(values):
        return np.zeros(len(start), dtype=np.float64)
    mantissas, exponents = np.frexp(values.astype(np.float64))
    lowest = int(exponents.min()) - _MANTISSA_BITS
    whole = (mantissas * 2.0**_MANTISSA_BITS).astype(np.int64).tolist()
    shifts = (exponents - exponents.min()).tolist()
    running = [0, *accumulate(number << shift for number, shift in zip(whole, shifts, strict=True))]
    pairs = zip(start.tolist(), stop.tolist(), strict=True)
    return np.array([_rounded(running[last] - running[first], lowest) for first, last in pairs])


def _rounded(number: int, exponent: int) -> float:
    """The float nearest to `number * 2**exponent`, infinite where no float is so large."""
    try:  # int / int rounds once and correctly, however large both are
        return number / (1 << -exponent) if exponent < 0 else float(number << exponent)
    except OverflowError:
        return math.copysign(math.inf, number)


def _distinct_count(times: Times, values: Values, points: Times, window: int) -> Computed:
    """How many values are present: the intervals in which one is, merged, begun less ended.

    An event keeps its value in the window during `[time, time + window)`. Of the events of one value, sorted by
    time, one begins an interval when its predecessor has left already, and ends one when its successor comes too
    late.
    """
    if not len(times):
        return Computed(values=np.zeros(len(points), dtype=np.int64), valid=np.ones(len(points), dtype=bool))
    _, codes = np.unique(values, return_inverse=True)
    order = np.lexsort((times, codes))
    ordered, owner = times[order], codes[order]
    apart = (owner[1:] != owner[:-1]) | (ordered[1:] - ordered[:-1] >= window)
    begun = np.sort(ordered[np.append(True, apart)])
    ended = np.sort(ordered[np.append(apart, True)] + window)
    present = np.searchsorted(begun, points, side="right") - np.searchsorted(ended, points, side="right")
    return Computed(values=present.astype(np.int64), valid=np.ones(len(points), dtype=bool))


def _last(times: Times, values: Values, points: Times, window: int) -> Computed:
    start, stop = _bounds(times, points, window)
    valid = stop > start
    if not len(times):
        return Computed(values=np.empty(len(points), dtype=values.dtype), valid=valid)
    return Computed(values=values[np.maximum(stop - 1, 0)], valid=valid)


_FUNCTIONS: dict[AggregationFunction, Callable[[Times, Values, Times, int], Computed]] = {
    AggregationFunction.COUNT: _count,
    AggregationFunction.SUM: _sum,
    AggregationFunction.MEAN: _mean,
    AggregationFunction.DISTINCT_COUNT: _distinct_count,
    AggregationFunction.LAST: _last,
}
