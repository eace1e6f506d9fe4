"""The population stability index."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore.quality.stability import LARGE, MODERATE, population_stability_index

COUNTS = st.lists(st.integers(0, 1000), min_size=3, max_size=3)


def test_it_is_the_sum_over_bins_of_the_difference_times_the_log_of_the_ratio() -> None:
    expected = (0.8 - 0.4) * math.log(0.8 / 0.4) + (0.2 - 0.6) * math.log(0.2 / 0.6)

    found = population_stability_index([4_000_000, 6_000_000], [8_000_000, 2_000_000])

    assert found == pytest.approx(expected, rel=1e-5)


@given(COUNTS.filter(any), st.integers(1, 5))
def test_equal_shares_are_no_change(counts: list[int], times: int) -> None:
    many = [1000 * count for count in counts]

    found = population_stability_index(many, [times * count for count in many])

    assert found == pytest.approx(0, abs=0.01)


@given(COUNTS.filter(any), COUNTS.filter(any))
def test_it_is_never_negative_and_the_same_both_ways(before: list[int], after: list[int]) -> None:
    found = population_stability_index(before, after)

    assert found is not None
    assert found >= 0
    assert found == pytest.approx(population_stability_index(after, before) or 0)


def test_an_empty_bin_gives_a_large_number_and_no_infinity() -> None:
    found = population_stability_index([500, 500], [1000, 0])

    assert found is not None
    assert LARGE < found < math.inf
    assert MODERATE < LARGE


def test_without_rows_there_is_none() -> None:
    assert population_stability_index([0, 0], [1, 2]) is None
    assert population_stability_index([1, 2], [0, 0]) is None
