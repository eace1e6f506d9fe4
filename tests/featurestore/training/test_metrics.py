"""Metrics from counts, against the definitions spelt out pair by pair."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.errors import ArtifactBroken, InvalidRequest, NotEnoughRows
from featurestore.training.metrics import Metrics, metrics_from_counts

Scored = list[tuple[float, int]]

SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1)
SCORED = st.lists(st.tuples(SCORES, st.integers(0, 1)), min_size=1, max_size=40)


def measure(scored: Scored, *, threshold: float = 0.5) -> Metrics:
    counts = Counter((score + 0.0, label) for score, label in scored)
    scores = list({score: None for score, _ in counts})
    return metrics_from_counts(
        np.array(scores, dtype=np.float64),
        np.array([counts[score, 1] for score in scores], dtype=np.int64),
        np.array([counts[score, 0] for score in scores], dtype=np.int64),
        threshold=threshold,
    )


def naive_auc(scored: Scored) -> float:
    pairs = [(p, n) for p, is_p in scored if is_p for n, is_n in scored if not is_n]
    return sum((p > n) + 0.5 * (p == n) for p, n in pairs) / len(pairs)


def naive_average_precision(scored: Scored) -> float:
    precisions = []
    for score, label in scored:
        if label:
            at_least = [other for value, other in scored if value >= score]
            precisions.append(sum(at_least) / len(at_least))
    return math.fsum(precisions) / len(precisions)


def naive_log_loss(scored: Scored) -> float:
    clipped = [(min(max(score, 1e-15), 1 - 1e-15), label) for score, label in scored]
    return -math.fsum(math.log(p) if label else math.log1p(-p) for p, label in clipped) / len(scored)


@given(SCORED)
def test_auc_is_the_share_of_pairs_in_order_ties_half(scored: Scored) -> None:
    metrics = measure(scored)

    if len({label for _, label in scored}) == 2:
        assert metrics.auc == pytest.approx(naive_auc(scored), rel=1e-12)
    else:
        assert metrics.auc is None
        assert metrics.reasons["auc"] in {"no row is positive", "no row is negative"}


@given(SCORED)
def test_pr_auc_is_the_mean_precision_at_the_positives(scored: Scored) -> None:
    metrics = measure(scored)

    if any(label for _, label in scored):
        assert metrics.pr_auc == pytest.approx(naive_average_precision(scored), rel=1e-12)
    else:
        assert metrics.pr_auc is None
        assert metrics.reasons["pr_auc"] == "no row is positive"


@given(SCORED)
def test_log_loss_is_the_mean_of_the_rows(scored: Scored) -> None:
    assert measure(scored).log_loss == pytest.approx(naive_log_loss(scored), rel=1e-9, abs=1e-12)


@given(SCORED, st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_the_confusion_counts_every_row_once(scored: Scored, threshold: float) -> None:
    confusion = measure(scored, threshold=threshold).confusion

    assert confusion.true_positive == sum(score >= threshold and label == 1 for score, label in scored)
    assert confusion.false_positive == sum(score >= threshold and label == 0 for score, label in scored)
    assert confusion.false_negative == sum(score < threshold and label == 1 for score, label in scored)
    assert confusion.true_negative == sum(score < threshold and label == 0 for score, label in scored)


@given(SCORED.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_rows_changes_no_bit(orders: tuple[Scored, Scored]) -> None:
    first, second = orders

    assert measure(first) == measure(second)


@given(SCORED)
def test_metrics_survive_json(scored: Scored) -> None:
    metrics = measure(scored)

    assert Metrics.from_json(metrics.to_json()) == metrics


def test_precision_and_recall_are_those_at_the_threshold() -> None:
    metrics = measure([(0.9, 1), (0.5, 0), (0.4, 1), (0.1, 0), (0.1, 0)])

    assert (metrics.precision, metrics.recall, metrics.base_rate) == (0.5, 0.5, 0.4)
    assert (metrics.rows, metrics.positives, metrics.reasons) == (5, 2, {})


def test_what_cannot_be_told_says_why() -> None:
    metrics = measure([(0.2, 0), (0.3, 0)])

    assert (metrics.auc, metrics.pr_auc, metrics.precision, metrics.recall) == (None, None, None, None)
    assert metrics.reasons == {
        "auc": "no row is positive",
        "pr_auc": "no row is positive",
        "precision": "no score reaches the threshold",
        "recall": "no row is positive",
    }


def test_no_rows_cannot_be_evaluated() -> None:
    with pytest.raises(NotEnoughRows):
        measure([])


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
def test_a_score_that_is_no_probability_is_refused(score: float) -> None:
    with pytest.raises(InvalidRequest, match="probability"):
        measure([(score, 1)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": "5"}, "field 'rows'.*whole number"),
        ({"auc": True}, "field 'auc'.*a number or null"),
        ({"confusion": {"true_positive": 1}}, "confusion.*missing"),
        ({"extra": 1}, "unknown.*extra"),
    ],
)
def test_json_of_another_shape_is_refused(change: dict[str, object], message: str) -> None:
    document = json.loads(measure([(0.5, 1), (0.2, 0)]).to_json())

    with pytest.raises(ArtifactBroken, match=message):
        Metrics.from_json(json.dumps(document | change))


@pytest.mark.parametrize("text", ["", "[1]", '{"rows": 1', "null"])
def test_text_that_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ArtifactBroken, match="JSON"):
        Metrics.from_json(text)
