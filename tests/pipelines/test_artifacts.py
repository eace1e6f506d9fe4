"""What Kubeflow Pipelines is shown of a report, in its own artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kfp import dsl  # type: ignore[import-untyped]

from pipelines.artifacts import log_evaluation, log_numbers, save_page

if TYPE_CHECKING:
    from pathlib import Path


def report(**changes: Any) -> dict[str, Any]:
    metrics = {
        "auc": 0.8,
        "pr_auc": None,
        "log_loss": 0.4,
        "precision": 0.5,
        "recall": 0.5,
        "threshold": 0.3,
        "rows": 10,
        "positives": 4,
        "confusion": {"true_positive": 2, "false_positive": 2, "true_negative": 4, "false_negative": 2},
    }
    curves = {"roc": [[0.0, 0.0], [0.5, 1.0], [1.0, 1.0]], "roc_thresholds": [0.9, 0.8, 0.1]}
    return {"metrics": metrics, "curves": curves, "cost": None, "passed": True, **changes}


def test_numbers_are_logged_and_what_is_null_or_absent_is_not() -> None:
    metrics = dsl.Metrics()

    log_numbers(metrics, {"rows": 3, "cost": None, "name": "x"}, ("rows", "cost", "columns"))

    assert metrics.metadata == {"rows": 3.0}


def test_an_evaluation_is_its_metrics_its_curve_and_its_confusion() -> None:
    metrics, curves = dsl.Metrics(), dsl.ClassificationMetrics()

    log_evaluation(report(), metrics, curves)

    assert metrics.metadata["auc"] == 0.8
    assert metrics.metadata["passed"] == 1.0
    assert not {"pr_auc", "cost"} & metrics.metadata.keys()
    assert curves.metadata["confidenceMetrics"][1] == {
        "confidenceThreshold": 0.8,
        "falsePositiveRate": 0.5,
        "recall": 1.0,
    }
    assert [row["row"] for row in curves.metadata["confusionMatrix"]["rows"]] == [[4, 2], [2, 2]]


def test_without_a_class_there_is_no_curve_to_log() -> None:
    curves = dsl.ClassificationMetrics()

    log_evaluation(report(curves={"roc": [], "roc_thresholds": []}), dsl.Metrics(), curves)

    assert "confidenceMetrics" not in curves.metadata


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_page_is_copied_from_where_it_lies(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "report.html").write_text("<p>page</p>")
    page = dsl.HTML(uri=str(tmp_path / "page"))

    save_page(f"{scheme}{tmp_path}/report.html", page)

    assert (tmp_path / "page").read_text() == "<p>page</p>"
