"""Drawings of a model."""

from __future__ import annotations

import re

from featurestore.page.model_figures import (
    calibration_figure,
    importance_figure,
    precision_recall_figure,
    roc_figure,
)
from tests.helpers.pages import EVALUATION


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_curves_bear_their_areas() -> None:
    assert "ROC curve, area 0.810" in texts(roc_figure(EVALUATION))
    assert "Precision and recall, area 0.310" in texts(precision_recall_figure(EVALUATION))


def test_calibration_bears_its_error_and_a_point_a_bin() -> None:
    svg = calibration_figure(EVALUATION)

    assert "Calibration, error 0.020" in texts(svg)
    assert svg.count("<use") >= len(EVALUATION.calibration["bins"])


def test_importance_shows_shares_and_no_feature_without_one() -> None:
    shown = texts(importance_figure(EVALUATION))

    assert {"clicks_7d", "75.0%", "last_page", "25.0%"} <= set(shown)
    assert "nothing" not in shown
