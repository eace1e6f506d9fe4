"""A benchmark as a program: its options, its folder, its answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.comparison import NothingToCompare, Pair
from benchmarks.program import Benchmark, Sizes, main, run_side


def measure(folder: Path, sizes: Sizes) -> tuple[list[Pair], dict[str, Any]]:
    (folder / "table").touch()
    return [Pair(ours=sizes["rows"], rival=1.0)], {"folder": str(folder)}


BENCHMARK = Benchmark(
    name="sorting",
    about="Sorts.",
    ours="ours",
    rival="theirs",
    sizes={"rows": 1000, "pairs": 2},
    quick={"rows": 10, "pairs": 1},
    measure=measure,
    sides={"ours": lambda folder, sizes: {"at": str(folder), **sizes}},
)


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        ([], {"rows": 1000, "pairs": 2}),
        (["--quick"], {"rows": 10, "pairs": 1}),
        (["--quick", "--rows", "0"], {"rows": 0, "pairs": 1}),
    ],
)
def test_sizes_are_options(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], sizes: dict[str, int]
) -> None:
    status = main(BENCHMARK, [*arguments, "--folder", str(tmp_path)])

    found = json.loads(capsys.readouterr().out)
    assert (status, found["sizes"]) == (0, sizes)
    assert {"featurestore", "Python", "Java", "Spark", "Hudi", "cores", "memory", "date"} <= set(
        found["conditions"]
    )


def test_the_folder_is_gone_afterwards(tmp_path: Path) -> None:
    found = BENCHMARK.run(BENCHMARK.quick, folder=str(tmp_path))

    assert Path(found.more["folder"]).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_one_side_runs_in_this_process(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(BENCHMARK, ["--side", "ours", "--folder", str(tmp_path), "--rows", "3"])

    assert json.loads(capsys.readouterr().out) == {"at": str(tmp_path), "rows": 3, "pairs": 2}


def test_sides_that_differ_end_with_their_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def differ(_: Path, __: Sizes) -> tuple[list[Pair], dict[str, Any]]:
        raise NothingToCompare("sorting: the orders differ")

    status = main(replace(BENCHMARK, measure=differ), ["--folder", str(tmp_path)])

    assert (status, capsys.readouterr().err) == (1, "sorting: the orders differ\n")
    assert list(tmp_path.iterdir()) == []


def test_a_side_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="no_such_side"):
        run_side("start_up", "no_such_side", tmp_path, {})
