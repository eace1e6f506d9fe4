"""The runner: which benchmarks it runs, and what it says of those that fail."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.__main__ import NAMES, main
from benchmarks.comparison import NothingToCompare, Pair

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.program import Benchmark, Sizes


def modules() -> dict[str, Any]:
    return {name: importlib.import_module(f"benchmarks.{name}") for name in NAMES}


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of an hour: everything takes twice its rival, and training fails."""

    def measure(_: Path, __: Sizes) -> tuple[list[Pair], dict[str, Any]]:
        return [Pair(ours=2.0, rival=1.0)], {"distance": 0.123456}

    def fail(_: Path, __: Sizes) -> tuple[list[Pair], dict[str, Any]]:
        raise NothingToCompare("training: the models differ")

    for name, module in modules().items():
        fake = replace(module.BENCHMARK, measure=fail if name == "training" else measure)
        monkeypatch.setattr(module, "BENCHMARK", fake)


def test_every_benchmark_is_named_after_its_module_and_has_small_sizes_too() -> None:
    benchmarks: dict[str, Benchmark] = {name: module.BENCHMARK for name, module in modules().items()}

    assert [one.name for one in benchmarks.values()] == list(NAMES)
    assert all(one.sizes.keys() == one.quick.keys() for one in benchmarks.values())


def test_conditions_stand_above_one_line_a_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["ingest", "start_up"])

    said = capsys.readouterr().out
    places = [said.index(word) for word in ("featurestore  ", "Hudi", "what against what", "ingest against")]
    assert status == 0
    assert places == sorted(places)
    assert "2.00 to 2.00" in said
    assert 'ingest: {"distance": 0.12}' in said


def test_one_that_fails_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--json", "--quick"])

    found = json.loads(capsys.readouterr().out)
    assert status == 1
    measured = [one["benchmark"] for one in found["benchmarks"]]
    assert measured == ["ingest", "start_up", "added_column", "pipelines"]
    assert found["failures"] == {"training": "training: the models differ"}


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sorting"])

    assert (
        "expected some of ingest, start_up, training, added_column, pipelines, got sorting"
        in capsys.readouterr().err
    )
