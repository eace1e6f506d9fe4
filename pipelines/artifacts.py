"""Numbers, curves and pages of reports as artifacts that Kubeflow Pipelines shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.files import open_binary

if TYPE_CHECKING:
    from collections.abc import Iterable

_METRICS = ("auc", "pr_auc", "log_loss", "precision", "recall", "threshold", "rows", "positives")
_CATEGORIES = ["negative", "positive"]


def log_numbers(metrics: Any, report: dict[str, Any], names: Iterable[str]) -> None:
    """Logs those of these fields that the report has; what is null is left out."""
    for name in names:
        if report.get(name) is not None:
            metrics.log_metric(name, float(report[name]))


def log_evaluation(report: dict[str, Any], metrics: Any, curves: Any) -> None:
    """Logs an evaluation's metrics, its ROC curve where both classes are there, and its confusion matrix."""
    found = report["metrics"]
    log_numbers(metrics, found, _METRICS)
    log_numbers(metrics, report, ("cost", "passed"))
    roc = report["curves"]["roc"]
    if roc:
        across, up = (list(axis) for axis in zip(*roc, strict=True))
        curves.log_roc_curve(across, up, report["curves"]["roc_thresholds"])
    counts = found["confusion"]
    rows = [
        [counts["true_negative"], counts["false_positive"]],
        [counts["false_negative"], counts["true_positive"]],
    ]
    curves.log_confusion_matrix(_CATEGORIES, rows)


def save_page(location: str, page: Any) -> None:
    """Copies the page at a path or URI into the artifact."""
    with open_binary(location) as file:
        Path(page.path).write_bytes(file.read())
