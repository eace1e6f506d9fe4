"""ROC and precision-recall curves, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.training.curves import POINTS, curves
from featurestore.training.metrics import metrics_from_counts

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.99, 1.0]), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0],
).filter(lambda rows: any(positives for _, positives, _ in rows) and any(n for _, _, n in rows))


@given(ROWS)
def test_each_point_is_what_a_threshold_gives(rows: list[tuple[float, int, int]]) -> None:
    scores, positives, negatives = (np.array(column) for column in zip(*rows, strict=True))

    found = curves(scores, positives, negatives)

    all_positives, all_negatives = positives.sum(), negatives.sum()
    roc, precision_recall = [(0.0, 0.0)], []
    for threshold in sorted(scores, reverse=True):
        hits, alarms = positives[scores >= threshold].sum(), negatives[scores >= threshold].sum()
        roc.append((alarms / all_negatives, hits / all_positives))
        precision_recall.append((hits / all_positives, hits / max(hits + alarms, 1)))
    assert list(found.roc) == roc
    assert list(found.roc_thresholds[1:]) == sorted(scores, reverse=True)
    assert found.roc_thresholds[0] > scores.max()
    assert list(found.precision_recall) == precision_recall


def test_the_area_under_the_roc_curve_is_the_auc() -> None:
    generator = np.random.default_rng(7)
    scores = np.unique(generator.random(150))
    positives, negatives = (generator.integers(0, 4, len(scores)) for _ in range(2))

    across, up = (np.array(axis) for axis in zip(*curves(scores, positives, negatives).roc, strict=True))

    area = float(((across[1:] - across[:-1]) * (up[1:] + up[:-1]) / 2).sum())
    assert area == pytest.approx(metrics_from_counts(scores, positives, negatives, threshold=0.5).auc)


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    scores = np.linspace(0, 1, 5_000, dtype=np.float64)
    ones = np.ones(5_000, dtype=np.int64)

    found = curves(scores, ones, ones)

    assert len(found.roc) == len(found.roc_thresholds) == len(found.precision_recall) == POINTS
    assert (found.roc[0], found.roc[-1]) == ((0.0, 0.0), (1.0, 1.0))


def test_without_a_class_there_is_no_curve_of_it() -> None:
    one, none = np.array([2]), np.array([0])

    assert curves(np.array([0.5]), none, one).precision_recall == ()
    assert curves(np.array([0.5]), one, none).roc == ()
    assert curves(np.array([0.5]), one, none).precision_recall == ((1.0, 1.0),)
