"""What a comparison makes of the seconds of its pairs, and in which order they are taken."""

from __future__ import annotations

import pytest

from benchmarks.comparison import Comparison, in_turns, paired


def comparison(ours: list[float], rival: list[float]) -> Comparison:
    return Comparison(
        benchmark="sorting",
        ours="ours",
        rival="theirs",
        sizes={"rows": 10, "pairs": len(ours)},
        pairs=paired(ours, rival),
        target=1.15,
        more={"peak_mib": 7},
    )


def test_the_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_medians() -> None:
    found = comparison([2.0, 30.0, 4.0], [1.0, 10.0, 4.0])

    assert found.ratio == 2.0
    assert found.interval == (1.0, 3.0)
    assert found.seconds == (4.0, 4.0)


def test_sides_take_turns_so_that_a_drift_weighs_on_both() -> None:
    order: list[str] = []

    def measure(name: str) -> int:
        order.append(name)
        return len(order)

    samples = in_turns(measure, "ours", "rival", pairs=3)

    assert order == ["rival", "ours", "ours", "rival", "rival", "ours"]
    assert samples == {"ours": [2, 3, 6], "rival": [1, 4, 5]}


def test_a_side_that_ran_more_often_has_no_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 2.0], [1.0])


def test_json_holds_every_pair_and_what_else_was_measured() -> None:
    found = comparison([3.0, 4.0], [2.0, 4.0]).as_json()

    assert found == {
        "benchmark": "sorting",
        "ours": "ours",
        "rival": "theirs",
        "sizes": {"rows": 10, "pairs": 2},
        "ratio_median": 1.25,
        "ratio_interval": [1.0, 1.5],
        "target": 1.15,
        "seconds": {"ours": [3.0, 4.0], "rival": [2.0, 4.0]},
        "peak_mib": 7,
    }
