"""Drawings of the data."""

from __future__ import annotations

import re

import msgspec

from featurestore.page.content import FeatureDrift, SeriesLine
from featurestore.page.data_figures import by_oddness, drift_figure, rejected_figure, series_figure
from featurestore.page.figures import VERMILION
from tests.helpers.pages import PAGE

replace = msgspec.structs.replace


def titles(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_rejected_rows_have_a_bar_a_reason_with_its_number() -> None:
    assert {"malformed", "set in page", "7", "2"} <= set(titles(rejected_figure(PAGE.rejected)))


def test_the_oddest_lines_come_first_and_their_unusual_values_are_marked() -> None:
    series = PAGE.series[0]

    svg = series_figure(series, name="s")

    assert [line.name for line in by_oddness(series)] == ["error <b>page</b>", "home"]
    assert titles(svg).index("error &lt;b&gt;page&lt;/b&gt;") < titles(svg).index("home")
    assert svg.lower().count(f"fill: {VERMILION.lower()}") >= 2  # a diamond each


def test_a_line_without_anything_unusual_bears_no_mark() -> None:
    series = PAGE.series[0]

    assert VERMILION.lower() not in series_figure(replace(series, lines=series.lines[1:]), name="s").lower()


def test_one_entity_that_was_never_seen_can_be_drawn() -> None:
    series = replace(PAGE.series[0], lines=(SeriesLine(name="unseen", values=(None,) * 12),))

    assert "unseen" in titles(series_figure(series, name="s"))


def test_a_summary_names_its_lines() -> None:
    assert {"mean", "90th percentile", "visits_7d"} <= set(titles(series_figure(PAGE.series[1], name="s")))


def test_drift_shows_bounds_and_leaves_out_what_cannot_be_compared() -> None:
    shown = titles(drift_figure(PAGE.drift))

    assert {"clicks_7d", "0.56", "last_page", "0.12", "moderate: 0.1", "large: 0.25"} <= set(shown)
    assert "never" not in shown


def test_of_many_features_those_that_moved_most_are_shown() -> None:
    many = tuple(FeatureDrift(feature=f"feature {place:02d}", index=1 - place / 100) for place in range(60))

    shown = titles(drift_figure(replace(PAGE.drift, features=many)))

    assert "feature 00" in shown
    assert "feature 59" not in shown
