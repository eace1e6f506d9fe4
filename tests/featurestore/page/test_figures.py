"""How drawings look, and what becomes of them as SVG."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from featurestore.page.figures import BLUE, GREEN, INK, ORANGE, QUIET, VERMILION, as_svg, one_axes

# Full loss of each kind of cone in linear RGB: Machado, Oliveira and Fernandes, "A physiologically-based model for
# simulation of color vision deficiency", 2009, table 1.
LOSSES = {
    "none": np.eye(3),
    "red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def seen(color: str, loss: str) -> np.ndarray[Any, Any]:
    """The colour in CIELAB (D65) as a reader with this loss sees it."""
    coded = np.array([int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    x, y, z = XYZ @ np.clip(np.asarray(LOSSES[loss]) @ linear, 0, 1) / [0.95047, 1.0, 1.08883]
    cube = [value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z)]
    return np.array([116 * cube[1] - 16, 500 * (cube[0] - cube[1]), 200 * (cube[1] - cube[2])])


@pytest.mark.parametrize("loss", LOSSES)
def test_colours_stay_apart_for_colour_blind_readers(loss: str) -> None:
    for one, other in combinations((BLUE, VERMILION, GREEN, ORANGE), 2):
        assert np.linalg.norm(seen(one, loss) - seen(other, loss)) > 10, (one, other)


@pytest.mark.parametrize("color", [INK, QUIET, BLUE])
def test_what_is_written_stands_out_from_the_ground(color: str) -> None:
    # Contrast as the Web Content Accessibility Guidelines define it: 4.5 for text.
    coded = np.array([int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (float(XYZ[1] @ linear) + 0.05) >= 4.5


def drawing(name: str) -> str:
    figure, axes = one_axes(3, 2)
    axes.plot([0, 1], [0, 1], "o")
    axes.set_title("costs $5 < $6 & more")
    return as_svg(figure, name=name, says='one "line" < two')


def test_a_drawing_is_one_well_formed_element_that_fits_its_place() -> None:
    root = ElementTree.fromstring(drawing("a"))  # noqa: S314 - our own text

    assert root.tag.endswith("svg")
    assert (root.get("role"), root.get("aria-label")) == ("img", 'one "line" < two')
    assert root.get("viewBox")
    assert not {"width", "height"} & set(root.keys())


def test_texts_stay_texts() -> None:
    texts = [one.text for one in ElementTree.fromstring(drawing("a")).iter() if one.tag.endswith("text")]  # noqa: S314

    assert "costs $5 < $6 & more" in texts


def test_names_inside_two_drawings_differ_and_equal_drawings_are_equal_text() -> None:
    def names(text: str) -> set[str]:
        return {one.get("id", "") for one in ElementTree.fromstring(text).iter()} - {""}  # noqa: S314

    assert names(drawing("a"))
    assert not names(drawing("a")) & names(drawing("b"))
    assert drawing("a") == drawing("a")
