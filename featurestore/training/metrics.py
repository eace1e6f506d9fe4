"""How well scores tell two classes apart: exact arithmetic on the counts of each class by score."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from featurestore.errors import InvalidRequest, NotEnoughRows
from featurestore.training.json_shape import (
    COUNT,
    NUMBER,
    TEXT,
    check_object,
    object_of,
    optional,
    parse_object,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_CLIP = 1e-15
"""Log loss takes a probability of 0 for this, and of 1 for 1 less this."""

_NO_POSITIVE = "no row is positive"
_NO_NEGATIVE = "no row is negative"
_NONE_PREDICTED = "no score reaches the threshold"


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Rows by prediction and truth; positive is predicted from the threshold on."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What the scores of a set of rows are worth; a metric is None where `reasons` says why."""

    rows: int
    positives: int
    base_rate: float
    """Share of positive rows; the average precision of scores that know nothing."""
    auc: float | None
    """Probability that a positive row scores above a negative one, ties counted half."""
    pr_auc: float | None
    """Average precision: the mean over positive rows of the precision from their score on."""
    log_loss: float
    """Mean negative log-likelihood, in nats."""
    threshold: float
    confusion: Confusion
    precision: float | None
    recall: float | None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """One JSON object; `from_json` is the inverse."""
        return json.dumps(asdict(self), sort_keys=True, allow_nan=False, indent=2)

    @classmethod
    def from_json(cls, text: str, *, subject: str = "Metrics") -> Metrics:
        """Read what `to_json` wrote; ArtifactBroken, naming `subject`, for anything else."""
        document = parse_object(text, _METRICS_SHAPES, subject=subject)
        confusion = check_object(document["confusion"], _CONFUSION_SHAPES, subject=f"{subject}, confusion")
        return cls(**document | {"confusion": Confusion(**confusion)})


def metrics_from_counts(
    scores: npt.NDArray[np.float64],
    positives: npt.NDArray[np.int64],
    negatives: npt.NDArray[np.int64],
    *,
    threshold: float,
) -> Metrics:
    """Compute the metrics of rows that come as one entry a distinct score.

        score  positives  negatives
        0.1    0          3
        0.7    2          1

    Scores are probabilities of the positive class, each at most once, in any order. AUC and average precision
    take rows of equal score as one step; AUC is exact up to a thousand million rows a class. NotEnoughRows
    without rows.
    """
    _check(scores, threshold=threshold)
    order = np.argsort(scores)
    scores, positives, negatives = scores[order], positives[order], negatives[order]
    all_positives, all_negatives = int(positives.sum()), int(negatives.sum())
    rows = all_positives + all_negatives
    if not rows:
        raise NotEnoughRows("Evaluation", expected="rows with a score and a label", received="none")
    confusion = _confusion(scores >= threshold, positives, negatives)
    predicted = confusion.true_positive + confusion.false_positive
    return Metrics(
        rows=rows,
        positives=all_positives,
        base_rate=all_positives / rows,
        auc=_auc(positives, negatives) if all_positives and all_negatives else None,
        pr_auc=_average_precision(positives, negatives) if all_positives else None,
        log_loss=_log_loss(scores, positives, negatives) / rows,
        threshold=threshold,
        confusion=confusion,
        precision=confusion.true_positive / predicted if predicted else None,
        recall=confusion.true_positive / all_positives if all_positives else None,
        reasons=_reasons(all_positives, all_negatives, predicted),
    )


def _check(scores: npt.NDArray[np.float64], *, threshold: float) -> None:
    outside = scores[~((scores >= 0) & (scores <= 1))]
    if outside.size:
        raise InvalidRequest("probability", expected="numbers from 0 to 1", received=float(outside[0]))
    if not 0 <= threshold <= 1:
        raise InvalidRequest("threshold", expected="a number from 0 to 1", received=threshold)


def _confusion(
    predicted: npt.NDArray[np.bool_], positives: npt.NDArray[np.int64], negatives: npt.NDArray[np.int64]
) -> Confusion:
    return Confusion(
        true_positive=int(positives[predicted].sum()),
        false_positive=int(negatives[predicted].sum()),
        true_negative=int(negatives[~predicted].sum()),
        false_negative=int(positives[~predicted].sum()),
    )


def _auc(positives: npt.NDArray[np.int64], negatives: npt.NDArray[np.int64]) -> float:
    # Twice the number of pairs in order, ties counted once: whole numbers, so that nothing is rounded.
    negatives_below = np.cumsum(negatives) - negatives
    twice_in_order = int((positives * (2 * negatives_below + negatives)).sum())
    return twice_in_order / (2 * int(positives.sum()) * int(negatives.sum()))


def _average_precision(positives: npt.NDArray[np.int64], negatives: npt.NDArray[np.int64]) -> float:
    found = np.cumsum(positives[::-1])
    taken = found + np.cumsum(negatives[::-1])
    precision = found / np.maximum(taken, 1)
    return float((positives[::-1] * precision).sum() / positives.sum())


def _log_loss(
    scores: npt.NDArray[np.float64], positives: npt.NDArray[np.int64], negatives: npt.NDArray[np.int64]
) -> float:
    clipped = np.clip(scores, _CLIP, 1 - _CLIP)
    return float(-(positives * np.log(clipped) + negatives * np.log1p(-clipped)).sum())


def _reasons(positives: int, negatives: int, predicted: int) -> dict[str, str]:
    missing = _NO_POSITIVE if not positives else _NO_NEGATIVE if not negatives else None
    reasons = {
        "auc": missing,
        "pr_auc": None if positives else _NO_POSITIVE,
        "precision": None if predicted else _NONE_PREDICTED,
        "recall": None if positives else _NO_POSITIVE,
    }
    return {metric: reason for metric, reason in reasons.items() if reason is not None}


_CONFUSION_SHAPES = dict.fromkeys(
    ("true_positive", "false_positive", "true_negative", "false_negative"), COUNT
)
_METRICS_SHAPES = {
    "rows": COUNT,
    "positives": COUNT,
    "base_rate": NUMBER,
    "auc": optional(NUMBER),
    "pr_auc": optional(NUMBER),
    "log_loss": NUMBER,
    "threshold": NUMBER,
    "confusion": object_of(COUNT),
    "precision": optional(NUMBER),
    "recall": optional(NUMBER),
    "reasons": object_of(TEXT),
}
