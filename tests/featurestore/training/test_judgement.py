"""Calibration, thresholds by cost and gates, against their definitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.definitions.training import Condition, Costs
from featurestore.training.judgement import calibration, cheapest_threshold, cost_of, judge
from featurestore.training.metrics import metrics_from_counts

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.99, 1.0]), st.booleans()), min_size=1, max_size=20
)


def counts(rows: list[tuple[float, bool]]) -> tuple[Any, Any, Any]:
    scores = sorted({score for score, _ in rows})
    positives = [sum(1 for row in rows if row == (score, True)) for score in scores]
    negatives = [sum(1 for row in rows if row == (score, False)) for score in scores]
    return np.array(scores), np.array(positives), np.array(negatives)


@given(ROWS)
def test_the_brier_score_is_the_mean_squared_distance(rows: list[tuple[float, bool]]) -> None:
    expected = math.fsum((score - truth) ** 2 for score, truth in rows) / len(rows)

    assert calibration(*counts(rows)).brier == pytest.approx(expected)


def test_bins_hold_every_row_once_and_say_how_far_off_scores_are() -> None:
    rows = [(0.05, False), (0.05, True), (0.1, False), (0.95, True), (1.0, True)]

    found = calibration(*counts(rows))

    assert [(one.lower, one.rows, one.positive_rate) for one in found.bins] == [
        (0.0, 2, 0.5),
        (0.1, 1, 0.0),
        (0.9, 2, 1.0),
    ]
    assert found.error == pytest.approx((2 * 0.45 + 1 * 0.1 + 2 * 0.025) / 5)


def test_scores_that_are_probabilities_have_no_error() -> None:
    assert calibration(np.array([0.25]), np.array([1]), np.array([3])).error == 0


@given(ROWS, st.floats(0, 10), st.floats(0.1, 10))
def test_no_threshold_costs_less_than_the_one_chosen(
    rows: list[tuple[float, bool]], alarm: float, miss: float
) -> None:
    costs = Costs(false_positive=alarm, false_negative=miss)

    def cost(threshold: float) -> float:
        return math.fsum(
            (alarm if score >= threshold and not truth else 0) + (miss if score < threshold and truth else 0)
            for score, truth in rows
        ) / len(rows)

    threshold, least = cheapest_threshold(*counts(rows), costs)

    assert least == pytest.approx(cost(threshold))
    assert all(cost(other) >= least - 1e-9 for other in (0.0, 0.05, 0.2, 0.3, 0.6, 0.995, 1.0))


def test_dear_misses_lower_the_threshold() -> None:
    rows = [(0.1, False), (0.25, True), (0.5, False), (0.99, True)]

    assert cheapest_threshold(*counts(rows), Costs(false_negative=10))[0] == 0.25
    assert cheapest_threshold(*counts(rows), Costs(false_positive=10))[0] == 0.99


def test_the_cost_of_metrics_is_that_of_their_confusion() -> None:
    metrics = metrics_from_counts(np.array([0.1, 0.9]), np.array([1, 1]), np.array([1, 2]), threshold=0.5)

    assert cost_of(metrics, Costs(false_positive=3, false_negative=5)) == (2 * 3 + 1 * 5) / 5


VALUES: dict[str, float | None] = {"auc": 0.7, "log_loss": 0.3, "precision": None}
CHAMPION: dict[str, float | None] = {"auc": 0.75, "log_loss": 0.2}
SEGMENTS: dict[str, dict[str, dict[str, float | None]]] = {
    "page": {"home": {"auc": 0.9}, "cart": {"auc": 0.6}},
    "kind": {"a": {"auc": 0.9}, "b": {"auc": None}},
}


@pytest.mark.parametrize(
    ("condition", "passed", "short_by"),
    [
        (Condition(metric="auc", at_least=0.7), True, 0.0),
        (Condition(metric="auc", at_least=0.8), False, 0.1),
        (Condition(metric="log_loss", at_most=0.25), False, 0.05),
        (Condition(metric="auc", worse_than_champion_by_at_most=0.1), True, 0.0),
        (Condition(metric="auc", worse_than_champion_by_at_most=0.01), False, 0.04),
        (Condition(metric="log_loss", worse_than_champion_by_at_most=0.04), False, 0.06),
        (Condition(metric="auc", at_least=0.65, segment="page"), False, 0.05),
        (Condition(metric="auc", at_least=0.65, segment="kind"), False, None),
        (Condition(metric="precision", at_least=0.1), False, None),
        (Condition(metric="brier", worse_than_champion_by_at_most=0.0), True, 0.0),
    ],
)
def test_a_verdict_says_whether_and_by_how_much(
    condition: Condition, passed: bool, short_by: float | None
) -> None:
    (found,) = judge((condition,), VALUES, champion=CHAMPION, segments=SEGMENTS)

    assert found.passed is passed
    assert found.short_by == (None if short_by is None else pytest.approx(short_by))


def test_without_a_champion_comparing_with_it_holds_and_says_so() -> None:
    condition = Condition(metric="auc", worse_than_champion_by_at_most=0.0)

    (found,) = judge((condition,), VALUES, champion=None, segments={})

    assert (found.passed, found.reason) == (True, "there is no champion")
    assert found.condition == "auc worse than the champion's by at most 0"
