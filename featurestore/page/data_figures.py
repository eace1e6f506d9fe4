"""Drawings of the data: rejected rows, features over time, and how far features have moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from featurestore.page.figures import BLUE, INK, QUIET, VERMILION, as_svg, axes_grid, new_figure, one_axes
from featurestore.page.unusual import oddness, unusual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from featurestore.page.content import Drift, FeatureSeries, SeriesLine
    from featurestore.step_reports import RejectedCount

WIDTH = 9.0
_MOST_FEATURES = 20
_COLUMNS = 4
_DASHES = ("-", "--", ":", "-.")


def rejected_figure(rejected: Sequence[RejectedCount]) -> str:
    """A bar for each reason and field, with its number of rows."""
    figure, axes = one_axes(WIDTH, 0.6 + 0.28 * len(rejected))
    names = [f"{one.reason} in {one.field}" if one.field else one.reason for one in rejected]
    bars = axes.barh(names, [one.rows for one in rejected], color=BLUE, height=0.65)
    axes.bar_label(bars, labels=[f"{one.rows:,}" for one in rejected], padding=3)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0, labelcolor=INK)
    said = "; ".join(f"{name}: {one.rows:,}" for name, one in zip(names, rejected, strict=True))
    return as_svg(figure, name="rejected", says=f"Rejected rows. {said}")


def by_oddness(series: FeatureSeries) -> list[SeriesLine]:
    """The lines, those with the most unusual values first."""
    return sorted(series.lines, key=lambda line: (-oddness(line.values), line.name))


def series_figure(series: FeatureSeries, *, name: str) -> str:
    """A small drawing an entity with the unusual moments marked, or one drawing of the summary's lines."""
    if series.summary:
        figure, axes = one_axes(WIDTH / 2, 2.2)
        for line, dashes in zip(series.lines, _DASHES, strict=False):
            axes.plot(series.moments, _numbers(line), dashes, color=INK, linewidth=1.3, label=line.name)  # type: ignore[arg-type]
        axes.legend(frameon=False, fontsize=8)
        axes.set_title(series.feature, loc="left")
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        _dates(axes)
        return as_svg(figure, name=name, says=f"{series.feature} of {series.view} over time")
    lines = by_oddness(series)
    rows = math.ceil(len(lines) / _COLUMNS)
    figure = new_figure(WIDTH, 0.4 + 1.25 * rows)
    areas = axes_grid(figure, rows, _COLUMNS)
    for axes, line in zip(areas, lines, strict=False):
        _one_entity(axes, series, line)
    for axes in areas[len(lines) :]:
        axes.set_visible(False)
    return as_svg(figure, name=name, says=f"{series.feature} of {series.view} over time, a drawing an entity")


def drift_figure(drift: Drift) -> str:
    """A bar for each of the features that moved most, against the usual bounds; large ones are hatched."""
    shown = [one for one in drift.features if one.index is not None][:_MOST_FEATURES]
    figure, axes = one_axes(WIDTH, 0.8 + 0.24 * len(shown))
    for place, one in enumerate(shown):
        index = one.index or 0.0
        large = index >= drift.large
        color, hatch = (VERMILION, "///") if large else (BLUE, None)
        axes.barh(place, index, color=color, hatch=hatch, edgecolor="white", height=0.7)
        axes.annotate(f"{index:.2f}", (index, place), xytext=(3, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(shown)), [one.feature for one in shown])
    axes.invert_yaxis()
    for bound, said in ((drift.moderate, "moderate"), (drift.large, "large")):
        axes.axvline(bound, color=QUIET, linestyle="--", linewidth=0.9)
        axes.annotate(
            f"{said}: {bound:g}",
            (bound, 1),
            xycoords=("data", "axes fraction"),
            xytext=(2, 2),
            textcoords="offset points",
            color=QUIET,
            fontsize=8,
        )
    axes.set_xlabel("population stability index")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    said = "; ".join(f"{one.feature} {one.index or 0:.2f}" for one in shown)
    return as_svg(figure, name="drift", says=f"Population stability index of features: {said}")


def _one_entity(axes: Axes, series: FeatureSeries, line: SeriesLine) -> None:
    values = _numbers(line)
    marked = unusual(line.values)
    axes.plot(series.moments, values, color=INK if marked else QUIET, linewidth=1.1)  # type: ignore[arg-type]
    axes.plot(
        [series.moments[place] for place in marked], [values[place] for place in marked],  # type: ignore[arg-type]
        linestyle="", marker="D", markersize=4.5, color=VERMILION,
    )  # fmt: skip
    axes.set_title(line.name, loc="left", fontweight="bold" if marked else "normal")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.tick_params(labelsize=7)
    _dates(axes)


def _dates(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=2, maxticks=5)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


def _numbers(line: SeriesLine) -> list[float]:
    return [math.nan if value is None else value for value in line.values]
