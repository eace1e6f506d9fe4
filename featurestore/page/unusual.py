"""Values of a line that stand out from the rest of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_DISTANCE = 5.0
_NORMAL = 1.4826
"""Times the median absolute deviation: the standard deviation, were the values normally distributed."""
_SMALLEST_SHARE = 0.1
"""Of the greatest value; spreads less than that do not count, so that a flat line has no news in its noise."""


def unusual(values: Sequence[float | None]) -> tuple[int, ...]:
    """The places that lie more than five robust standard deviations from the line's median, in order.

    A null is read as 0: an entity that nobody has seen yet did nothing.
    """
    scores = _scores(values)
    return tuple(int(place) for place in np.flatnonzero(scores > _DISTANCE))


def oddness(values: Sequence[float | None]) -> float:
    """How far the oddest value lies from the median, in robust standard deviations; 0 for a line without values."""
    return float(_scores(values).max(initial=0.0))


def _scores(values: Sequence[float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    line = np.array([value if value is not None and math.isfinite(value) else 0.0 for value in values])
    if not line.size or not np.abs(line).max():
        return np.zeros(line.size)
    # In parts of the greatest: a share of the smallest numbers there are would be nothing.
    line /= np.abs(line).max()
    distance = np.abs(line - np.median(line))
    spread = max(_NORMAL * float(np.median(distance)), _SMALLEST_SHARE)
    scores: np.ndarray[tuple[int], np.dtype[np.float64]] = distance / spread
    return scores
