"""From a page's content to its HTML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from featurestore.page.data_figures import by_oddness, drift_figure, rejected_figure, series_figure
from featurestore.page.model_figures import (
    calibration_figure,
    importance_figure,
    precision_recall_figure,
    roc_figure,
)
from featurestore.page.unusual import unusual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from featurestore.page.content import FeatureSeries, PageContent, SeriesLine

_MEANINGS = (
    ("auc", "probability that a positive row scores above a negative one; 0.5 knows nothing"),
    ("pr_auc", "mean precision over the positive rows; the share of positive rows knows nothing"),
    ("log_loss", "mean negative log-likelihood; less is better"),
    ("precision", "share of positive rows among those predicted positive"),
    ("recall", "share of the positive rows that are predicted positive"),
)


def render(page: PageContent) -> str:
    """One HTML file without scripts, links to elsewhere or fonts; equal content gives equal text.

    Every value is escaped; what is undefined in the template is an error.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= _FILTERS
    template = environment.get_template("page.html.j2")
    return template.render(page=page, drawings=_drawings(page), meanings=_MEANINGS)


def _drawings(page: PageContent) -> Mapping[str, Markup | None]:
    """SVG by name; none where there is nothing to draw."""
    report = page.evaluation
    drawn = {
        "rejected": rejected_figure(page.rejected) if page.rejected else None,
        "drift": drift_figure(page.drift)
        if any(one.index is not None for one in page.drift.features)
        else None,
        "roc": roc_figure(report) if report.curves.roc else None,
        "precision_recall": precision_recall_figure(report) if report.curves.precision_recall else None,
        "calibration": calibration_figure(report) if report.calibration["bins"] else None,
        "importance": importance_figure(report) if any(report.importance.values()) else None,
        **{_key(one): series_figure(one, name=_key(one)) for one in page.series},
    }
    return {name: None if svg is None else Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - our own drawing


def _key(series: FeatureSeries) -> str:
    """Letters, digits, - and _ only: it becomes part of names inside the page."""
    return "".join(sign if sign.isalnum() else "-" for sign in f"series-{series.view}-{series.feature}")


def _odd(series: FeatureSeries) -> list[dict[str, str]]:
    """What the marked values of each line are, in words; the oddest line first."""
    found = []
    for line in by_oddness(series):
        places = unusual(line.values)
        if places:
            said = ", ".join(
                f"{_figure(line.values[place])} by {series.moments[place]:%-d %B %Y}" for place in places
            )
            found.append({"name": line.name, "said": f"{said}; otherwise {_usual(line, places)}"})
    return found


def _usual(line: SeriesLine, places: tuple[int, ...]) -> str:
    """The range of the values that are not marked."""
    others = [value for place, value in enumerate(line.values) if place not in places and value is not None]
    if not others:
        return "never seen"
    least, most = min(others), max(others)
    return _figure(least) if least == most else f"{_figure(least)} to {_figure(most)}"


def _figure(value: float | None) -> str:
    if value is None:
        return "undefined"
    if float(value).is_integer() and abs(value) < 1e9:  # noqa: PLR2004 - beyond that digits say little
        return f"{int(value):,}"
    return f"{value:.4g}"


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"


_FILTERS: dict[str, Callable[..., object]] = {
    "number": lambda count: f"{count:,}",
    "figure": _figure,
    "moment": _moment,
    "words": lambda name: name.replace("_", " "),
    "key": _key,
    "odd": _odd,
}
