"""Values that stand out from their line."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from featurestore.page.unusual import oddness, unusual

LINES = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=30)
_SMALLEST = 1e-300


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ((0.0, 0.0, 0.0, 0.0, 47.0, 42.0, 26.0, 0.0, 0.0, 0.0, 0.0), (4, 5, 6)),
        ((None, None, None, None, None, 9.0, None), (5,)),
        (tuple(float(week * 10) for week in range(20)), ()),
        ((10.0, 11.0, 9.0, 10.0, 12.0, 10.0, 9.0), ()),
        ((0.0, 0.0, 0.0), ()),
        ((), ()),
    ],
    ids=["spike", "seen once", "steady growth", "noise", "zeros", "no values"],
)
def test_only_what_lies_far_from_the_rest_is_unusual(
    values: tuple[float | None, ...], places: tuple[int, ...]
) -> None:
    assert unusual(values) == places


@given(LINES)
def test_a_line_is_odd_where_it_has_unusual_values(values: list[float | None]) -> None:
    assert bool(unusual(values)) == (oddness(values) > 5)


@given(LINES, st.floats(0.5, 1000))
def test_another_unit_changes_nothing(values: list[float | None], factor: float) -> None:
    """But for numbers so small that the other unit has none for them: half of the smallest one is 0."""
    assume(all(value is None or abs(value) > _SMALLEST or value == 0 for value in values))
    scaled = [None if value is None else value * factor for value in values]

    assert oddness(scaled) == pytest.approx(oddness(values), rel=1e-6, abs=1e-9)


def test_the_smallest_numbers_there_are_make_a_line_like_any() -> None:
    assert unusual([5e-324, 5e-324, 5e-324]) == ()
    assert unusual([0.0, 0.0, 0.0, 0.0, 5e-324]) == (4,)
