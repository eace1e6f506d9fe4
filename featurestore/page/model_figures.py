"""Drawings of a model: its two curves, its calibration, and what it goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.page.figures import BLUE, INK, QUIET, as_svg, one_axes

if TYPE_CHECKING:
    from featurestore.step_reports import EvaluateReport

_SIDE = 3.6
_MOST_FEATURES = 15


def roc_figure(report: EvaluateReport) -> str:
    """True against false positive rate, beside the diagonal of scores that know nothing."""
    figure, axes = one_axes(_SIDE, _SIDE)
    across, up = zip(*report.curves.roc, strict=True)
    axes.plot([0, 1], [0, 1], linestyle="--", linewidth=1, color=QUIET)
    axes.plot(across, up, color=BLUE, linewidth=1.8)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(f"ROC curve, area {_said(report.metrics['auc'])}", loc="left")
    return as_svg(figure, name="roc", says=f"ROC curve with area {_said(report.metrics['auc'])}")


def precision_recall_figure(report: EvaluateReport) -> str:
    """Precision against recall, beside the share of positive rows, which is what chance would give."""
    figure, axes = one_axes(_SIDE, _SIDE)
    across, up = zip(*report.curves.precision_recall, strict=True)
    axes.axhline(report.metrics["base_rate"], linestyle="--", linewidth=1, color=QUIET)
    axes.plot(across, up, color=BLUE, linewidth=1.8, drawstyle="steps-pre")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    said = _said(report.metrics["pr_auc"])
    axes.set_title(f"Precision and recall, area {said}", loc="left")
    return as_svg(figure, name="precision-recall", says=f"Precision-recall curve, average precision {said}")


def calibration_figure(report: EvaluateReport) -> str:
    """Positive rate against mean score of each bin; the area of a point tells its rows."""
    figure, axes = one_axes(_SIDE, _SIDE)
    bins = report.calibration["bins"]
    scores = [one["mean_score"] for one in bins]
    rates = [one["positive_rate"] for one in bins]
    most = max(one["rows"] for one in bins)
    axes.plot([0, 1], [0, 1], linestyle="--", linewidth=1, color=QUIET)
    axes.plot(scores, rates, color=BLUE, linewidth=1)
    axes.scatter(scores, rates, s=[20 + 160 * one["rows"] / most for one in bins], color=BLUE, alpha=0.75)
    axes.set(xlabel="mean score", ylabel="share of positive rows", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(f"Calibration, error {report.calibration['error']:.3f}", loc="left")
    said = "; ".join(f"score {one['mean_score']:.2f}, share {one['positive_rate']:.2f}" for one in bins)
    return as_svg(figure, name="calibration", says=f"Calibration by bin: {said}")


def importance_figure(report: EvaluateReport) -> str:
    """A bar for each of the features that count most."""
    shown = [share for share in report.importance.items() if share[1] > 0][:_MOST_FEATURES]
    figure, axes = one_axes(9.0, 0.6 + 0.24 * len(shown))
    bars = axes.barh([name for name, _ in shown], [share for _, share in shown], color=BLUE, height=0.7)
    axes.bar_label(bars, labels=[f"{share:.1%}" for _, share in shown], padding=3)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0, labelcolor=INK)
    said = "; ".join(f"{name} {share:.1%}" for name, share in shown)
    return as_svg(figure, name="importance", says=f"Importance of features: {said}")


def _said(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
