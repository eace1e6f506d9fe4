"""The page in a real browser: opened from disk it shows everything, loads nothing and fits its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from matplotlib.image import imread

from featurestore.page.figures import BLUE, VERMILION
from featurestore.page.render import render
from tests.helpers.browser import look_at, screenshot
from tests.helpers.pages import PAGE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(PAGE), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_its_window_and_loads_nothing(page: Path, width: int) -> None:
    seen = look_at(page, width=width)

    assert seen["title"] == "buys version 3"
    assert (seen["loaded"], seen["complaints"]) == ([], [])
    assert seen["width"] <= width
    assert len(seen["drawings"]) == 8
    assert all(wide > 250 and high > 50 for wide, high in seen["drawings"])
    assert "It does not pass its gate." in seen["words"]
    assert "error <b>page</b>" in seen["words"]


def test_its_colours_are_drawn(page: Path, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"

    screenshot(page, picture, width=1000, height=4000)

    pixels = (imread(picture)[:, :, :3] * 255).round().astype(int).reshape(-1, 3)
    for color in (BLUE, VERMILION):
        wanted = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
        assert (abs(pixels - wanted).max(axis=1) <= 2).sum() > 50, color


def test_something_loaded_would_be_seen(tmp_path: Path) -> None:
    """The look itself: a page that breaks its own policy is complained of."""
    path = tmp_path / "other.html"
    wide = '<img src="other.png"><p style="width:900px">wide</p>'
    path.write_text(render(PAGE).replace("<h1>", f"{wide}<h1>", 1), encoding="utf-8")

    seen = look_at(path, width=360)

    assert any("other.png" in complaint for complaint in seen["complaints"])
    assert seen["width"] > 360


def test_a_page_of_many_features_and_commits_stays_under_two_megabytes(tmp_path: Path) -> None:
    many = tuple(
        msgspec.structs.replace(PAGE.series[0], view=f"view {number}", lines=PAGE.series[0].lines * 10)
        for number in range(10)
    )
    text = render(
        msgspec.structs.replace(PAGE, series=many, flow=PAGE.flow * 20, rejected=PAGE.rejected * 10)
    )

    assert len(text.encode()) < 2_000_000
    path = tmp_path / "large.html"
    path.write_text(text, encoding="utf-8")
    assert look_at(path, width=1280)["complaints"] == []
