"""The population stability index: how far a feature's values have moved from those a model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

MODERATE, LARGE = 0.1, 0.25
"""By common usage, an index below 0.1 is no change worth mention and one from 0.25 on a large one."""


def population_stability_index(expected: Sequence[int], actual: Sequence[int]) -> float | None:
    """The index of two counts of rows by the same bins; 0 for equal shares, and the greater the more they differ.

    It is the sum over bins of `(a - e) * ln(a / e)`, where `e` and `a` are a bin's shares of the expected and of
    the actual rows. Half a row is added to every bin of both, so that an empty one gives a number; with few rows
    this damps the index. None where one side has no row at all.
    """
    before, after = (np.asarray(counts, dtype=np.float64) for counts in (expected, actual))
    if not before.sum() or not after.sum():
        return None
    shares = [(counts + 0.5) / (counts + 0.5).sum() for counts in (before, after)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
