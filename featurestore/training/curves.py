"""The ROC and the precision-recall curve: what every threshold would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from featurestore.step_reports import Curves

if TYPE_CHECKING:
    import numpy.typing as npt

    Rates = npt.NDArray[np.float64]

POINTS = 200
"""A curve of more points is thinned to this many, its ends and steps of equal number kept."""


def curves(scores: Rates, positives: npt.NDArray[np.int64], negatives: npt.NDArray[np.int64]) -> Curves:
    """Both curves of rows that come as one entry a distinct score, at least one, in any order.

    The points go from the highest threshold to the lowest. The ROC curve begins at (0, 0), where nothing is
    predicted positive, and ends at (1, 1); the other begins at the highest score, as precision needs a prediction.
    """
    order = np.argsort(scores)[::-1]
    found = np.cumsum(positives[order])
    alarms = np.cumsum(negatives[order])
    all_positives, all_negatives = int(found[-1]), int(alarms[-1])
    if not all_positives:
        return Curves(roc=(), precision_recall=())
    recall = found / all_positives
    precision_recall = _thinned(recall, found / np.maximum(found + alarms, 1))
    if not all_negatives:
        return Curves(roc=(), precision_recall=precision_recall)
    falling = scores[order]
    thresholds = np.concatenate([[np.nextafter(falling[0], np.inf)], falling])
    return Curves(
        roc=_thinned(np.concatenate([[0.0], alarms / all_negatives]), np.concatenate([[0.0], recall])),
        roc_thresholds=tuple(float(thresholds[place]) for place in _places(len(thresholds))),
        precision_recall=precision_recall,
    )


def _thinned(across: Rates, up: Rates) -> tuple[tuple[float, float], ...]:
    return tuple((float(across[place]), float(up[place])) for place in _places(len(across)))


def _places(points: int) -> npt.NDArray[np.int64]:
    """Which of so many points are kept, the first and the last among them."""
    return np.unique(np.linspace(0, points - 1, min(points, POINTS)).round().astype(np.int64))
