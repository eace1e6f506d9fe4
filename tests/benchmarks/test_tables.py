"""A comparison as a line for people."""

from __future__ import annotations

from benchmarks.comparison import Comparison, paired
from benchmarks.tables import results_line


def test_a_line_says_what_was_found() -> None:
    found = Comparison(
        benchmark="sorting",
        ours="ours",
        rival="theirs",
        sizes={"rows": 1_000_000, "pairs": 2},
        pairs=paired([30.0, 44.0], [20.0, 40.0]),
        target=1.15,
    )

    assert results_line(found) == (
        "sorting",
        "ours against theirs",
        "1,000,000 rows, 2 pairs",
        "1.30",
        "1.10 to 1.50",
        "37.0 / 30.0",
        "at most 1.15",
    )


def test_short_times_have_two_places_and_no_target_is_invented() -> None:
    found = Comparison(
        benchmark="start", ours="a", rival="b", sizes={"pairs": 1}, pairs=paired([0.18], [0.08])
    )

    assert results_line(found)[2:] == ("1 pair", "2.25", "2.25 to 2.25", "0.18 / 0.08", "")
