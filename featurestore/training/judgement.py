"""What scores are worth beyond ranking: calibration, the threshold of least cost, and the gate's verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from featurestore.definitions.training import METRICS, Condition, Costs
from featurestore.step_reports import GateVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from featurestore.training.metrics import Metrics

    Scores = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

BINS = 10


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Rows whose scores lie in `[lower, upper)` (the last bin holds 1 too), with the mean of score and truth."""

    lower: float
    upper: float
    rows: int
    mean_score: float
    positive_rate: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Whether scores are probabilities: of ten bins of equal width those that hold rows.

    `brier` is the mean squared distance of score and truth; `error` the mean distance of mean score and positive
    rate over bins, weighted by rows.
    """

    brier: float
    error: float
    bins: tuple[CalibrationBin, ...]


def calibration(scores: Scores, positives: Counts, negatives: Counts) -> Calibration:
    """How scores and truth agree; rows come as one entry a distinct score, at least one."""
    rows = positives + negatives
    total = int(rows.sum())
    brier = float((positives * (1 - scores) ** 2 + negatives * scores**2).sum() / total)
    places = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    bins = []
    for place in range(BINS):
        inside = places == place
        count = int(rows[inside].sum())
        if count:
            bins.append(
                CalibrationBin(
                    lower=place / BINS,
                    upper=(place + 1) / BINS,
                    rows=count,
                    mean_score=float((scores[inside] * rows[inside]).sum() / count),
                    positive_rate=int(positives[inside].sum()) / count,
                )
            )
    error = math.fsum(one.rows * abs(one.mean_score - one.positive_rate) for one in bins) / total
    return Calibration(brier=brier, error=error, bins=tuple(bins))


def cheapest_threshold(
    scores: Scores, positives: Counts, negatives: Counts, costs: Costs
) -> tuple[float, float]:
    """The threshold with the least cost a row, and that cost; of equal ones the greatest.

    Positive is predicted from the threshold on. Candidates are the scores themselves and 1, which, unless a score
    is 1, predicts no positive.
    """
    order = np.argsort(scores)
    scores, positives, negatives = scores[order], positives[order], negatives[order]
    rows = int(positives.sum() + negatives.sum())
    missed = np.concatenate([[0], np.cumsum(positives)])
    alarms = np.concatenate([negatives[::-1].cumsum()[::-1], [0]])
    cost = (missed * costs.false_negative + alarms * costs.false_positive) / rows
    candidates = np.concatenate([scores, [1.0]])
    if len(scores) and scores[-1] == 1.0:
        cost, candidates = cost[:-1], candidates[:-1]
    best = len(cost) - 1 - int(np.argmin(cost[::-1]))
    return float(candidates[best]), float(cost[best])


def cost_of(metrics: Metrics, costs: Costs) -> float:
    """The cost a row at the metrics' threshold."""
    wrong = metrics.confusion
    total = wrong.false_positive * costs.false_positive + wrong.false_negative * costs.false_negative
    return total / metrics.rows


def judge(
    conditions: Sequence[Condition],
    values: Mapping[str, float | None],
    *,
    champion: Mapping[str, float | None] | None,
    segments: Mapping[str, Mapping[str, Mapping[str, float | None]]],
) -> tuple[GateVerdict, ...]:
    """Each condition's verdict. `segments` holds values by segment column, its value, and metric."""
    verdicts = []
    for condition in conditions:
        value = values.get(condition.metric)
        if condition.segment is not None:
            value = _worst(condition.metric, segments.get(condition.segment, {}))
        verdicts.append(_verdict(condition, value, champion))
    return tuple(verdicts)


def _worst(metric: str, by_value: Mapping[str, Mapping[str, float | None]]) -> float | None:
    """The worst value among segments; none where any segment has none."""
    found = [values.get(metric) for values in by_value.values()]
    known = [value for value in found if value is not None]
    if not known or len(known) < len(found):
        return None
    return min(known) if METRICS[metric] else max(known)


def _verdict(
    condition: Condition, value: float | None, champion: Mapping[str, float | None] | None
) -> GateVerdict:
    bound, more_is_better, said = _bound(condition, champion)
    if bound is None:
        return GateVerdict(
            condition=said, passed=True, value=value, bound=None, short_by=0.0, reason="there is no champion"
        )
    if value is None:
        reason = f"{condition.metric} is not defined on these rows"
        return GateVerdict(
            condition=said, passed=False, value=None, bound=bound, short_by=None, reason=reason
        )
    short_by = max(0.0, bound - value if more_is_better else value - bound)
    return GateVerdict(
        condition=said, passed=short_by == 0, value=value, bound=bound, short_by=short_by, reason=""
    )


def _bound(
    condition: Condition, champion: Mapping[str, float | None] | None
) -> tuple[float | None, bool, str]:
    """The number to compare with, whether more is better, and the condition in words."""
    where = f" in the worst {condition.segment}" if condition.segment else ""
    name = f"{condition.metric}{where}"
    if condition.at_least is not None:
        return condition.at_least, True, f"{name} at least {condition.at_least:g}"
    if condition.at_most is not None:
        return condition.at_most, False, f"{name} at most {condition.at_most:g}"
    allowed = condition.worse_than_champion_by_at_most or 0.0
    more_is_better = METRICS[condition.metric]
    said = f"{name} worse than the champion's by at most {allowed:g}"
    theirs = champion.get(condition.metric) if champion else None
    if theirs is None:
        return None, more_is_better, said
    return (theirs - allowed if more_is_better else theirs + allowed), more_is_better, said
