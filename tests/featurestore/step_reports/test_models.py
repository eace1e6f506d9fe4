"""Reports of models."""

from __future__ import annotations

import math

from featurestore.step_reports import Curves, EvaluateReport


def test_a_number_that_is_none_becomes_null() -> None:
    metrics = {"auc": math.nan, "log_loss": math.inf, "rows": 3}
    report = EvaluateReport(
        step="evaluate",
        model="buys",
        version=1,
        training_set="june",
        metrics=metrics,
        calibration={},
        curves=Curves(roc=(), precision_recall=()),
        importance={},
        cost=None,
        segments={},
        champion_version=None,
        champion=None,
        gate=(),
        passed=True,
    )

    assert report.to_json()["metrics"] == {"auc": None, "log_loss": None, "rows": 3}
