"""The content of a page, with every section filled, and the tags and texts of HTML."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

from featurestore.page.content import (
    Drift,
    FeatureDrift,
    FeatureSeries,
    FlowLine,
    FlowStage,
    PageContent,
    SeriesLine,
)
from featurestore.step_reports import Curves, EvaluateReport, GateVerdict, RejectedCount

NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
MOMENTS = tuple(NOON + timedelta(days=7 * week) for week in range(12))
METRICS = {
    "rows": 640,
    "positives": 40,
    "base_rate": 0.0625,
    "auc": 0.81,
    "pr_auc": 0.31,
    "log_loss": 0.2,
    "threshold": 0.5,
    "confusion": {"true_positive": 9, "false_positive": 20, "true_negative": 580, "false_negative": 31},
    "precision": None,
    "recall": 0.225,
    "reasons": {"precision": "no score reaches the threshold"},
}
EVALUATION = EvaluateReport(
    step="evaluate",
    model="buys",
    version=3,
    training_set="june",
    metrics=METRICS,
    calibration={
        "brier": 0.05,
        "error": 0.02,
        "bins": [
            {"lower": 0.0, "upper": 0.1, "rows": 600, "mean_score": 0.04, "positive_rate": 0.05},
            {"lower": 0.4, "upper": 0.5, "rows": 40, "mean_score": 0.44, "positive_rate": 0.3},
        ],
    },
    curves=Curves(
        roc=((0.0, 0.0), (0.1, 0.5), (1.0, 1.0)), precision_recall=((0.1, 0.9), (0.5, 0.4), (1.0, 0.0625))
    ),
    importance={"clicks_7d": 0.75, "last_page": 0.25, "nothing": 0.0},
    cost=0.3,
    segments={"page": {"home": METRICS, "cart & <till>": METRICS}},
    champion_version=1,
    champion=METRICS,
    gate=(
        GateVerdict(
            condition="auc at least 0.8", passed=True, value=0.81, bound=0.8, short_by=0.0, reason=""
        ),
        GateVerdict(
            condition="precision at least 0.5",
            passed=False,
            value=None,
            bound=0.5,
            short_by=None,
            reason="precision is not defined on these rows",
        ),
    ),
    passed=False,
)
SPIKE = (None, None, *[0.0] * 7, 4.0, 47.0, 42.0)
PAGE = PageContent(
    project="shop",
    model="buys",
    version=3,
    algorithm="logistic_regression",
    service="buyers",
    label="buys_within_7d",
    root_uri="/lake",
    made_at=NOON,
    code_version="0.1.0",
    flow=(
        FlowStage(
            name="events/clicks",
            what="events that met the contract",
            lines=(
                FlowLine(instant="20240601120000000", at=NOON, said="read 14,380, accepted 14,362"),
                FlowLine(instant="20240602120000000", at=NOON, said="read 8,929, accepted 8,915"),
            ),
        ),
        FlowStage(name="predictions/buys", what="predictions", lines=()),
    ),
    rejected=(
        RejectedCount(reason="malformed", field="", rows=7, example="expected <JSON>, got something else"),
        RejectedCount(reason="set", field="page", rows=2, example="expected 'home', got 'teleport'"),
    ),
    series=(
        FeatureSeries(
            view="pages",
            feature="clicks_7d",
            step="7d",
            moments=MOMENTS,
            lines=(
                SeriesLine(name="error <b>page</b>", values=SPIKE),
                SeriesLine(name="home", values=tuple(float(100 + 3 * week) for week in range(12))),
            ),
            summary=False,
            entities=2,
            looked_at=2,
        ),
        FeatureSeries(
            view="users",
            feature="visits_7d",
            step="7d",
            moments=MOMENTS,
            lines=(
                SeriesLine(name="90th percentile", values=(5.0,) * 12),
                SeriesLine(name="mean", values=(2.5,) * 12),
            ),
            summary=True,
            entities=600,
            looked_at=600,
        ),
    ),
    drift=Drift(
        train_rows=2_975,
        current_rows=949,
        since="30d",
        moderate=0.1,
        large=0.25,
        features=(
            FeatureDrift(feature="clicks_7d", index=0.56),
            FeatureDrift(feature="last_page", index=0.12),
            FeatureDrift(feature="never", index=None),
        ),
    ),
    evaluation=EVALUATION,
)


class Read(HTMLParser):
    """What an HTML text holds: its tags with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words = f"{self.words} {' '.join(data.split())}".strip()
