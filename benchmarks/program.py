"""A benchmark as a program: its sizes as options, its sides as processes of their own, JSON on standard output."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison, NothingToCompare, Pair
from benchmarks.conditions import conditions

Sizes = Mapping[str, int]
Side = Callable[[Path, Sizes], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """What is compared with what, at which sizes; `benchmarks/<name>.py` has it as `BENCHMARK`."""

    name: str
    about: str
    """The module's docstring, for `--help`."""
    ours: str
    rival: str
    sizes: Sizes
    """By name, each an option; `pairs` is among them."""
    quick: Sizes
    """The same names, so small that it takes about a minute: to see that it runs, not for figures."""
    measure: Callable[[Path, Sizes], tuple[list[Pair], Mapping[str, Any]]]
    """Seconds in pairs and what else was measured, with a folder to work in."""
    sides: Mapping[str, Side] = field(default_factory=dict)
    """What `run_side` can run in a process of its own."""
    target: float | None = None

    def run(self, sizes: Sizes, *, folder: str | None = None) -> Comparison:
        """Measures in a temporary folder, which is gone afterwards; raises `NothingToCompare`."""
        own = Path(tempfile.mkdtemp(prefix="featurestore-benchmark-", dir=folder))
        try:
            pairs, more = self.measure(own, sizes)
        finally:
            shutil.rmtree(own)
        return Comparison(
            benchmark=self.name,
            ours=self.ours,
            rival=self.rival,
            sizes=sizes,
            pairs=pairs,
            target=self.target,
            more=more,
        )


def run_side(name: str, side: str, folder: Path, sizes: Sizes) -> dict[str, Any]:
    """Runs one side of a benchmark in a process of its own and returns what it measured."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--side", side, "--folder", str(folder)]
    options = [text for size, value in sizes.items() for text in (f"--{size}", str(value))]
    done = subprocess.run([*command, *options], check=False, capture_output=True, text=True)
    if done.returncode:
        raise NothingToCompare(f"{name}, {side}: it failed with\n{done.stderr.strip()[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(benchmark: Benchmark, arguments: Sequence[str] | None = None) -> int:
    """Runs a benchmark, or one side of it in this process (`--side`), and prints what it found as JSON."""
    options = _options(benchmark, arguments)
    sizes = {
        name: given if (given := getattr(options, name)) is not None else default
        for name, default in (benchmark.quick if options.quick else benchmark.sizes).items()
    }
    if options.side:
        print(json.dumps(benchmark.sides[options.side](Path(options.folder), sizes)))  # noqa: T201
        return 0
    stated = conditions()
    try:
        found = benchmark.run(sizes, folder=options.folder)
    except NothingToCompare as reason:
        print(reason, file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps({**found.as_json(), "conditions": stated}, indent=1))  # noqa: T201
    return 0


def _options(benchmark: Benchmark, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{benchmark.name}",
        description=benchmark.about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, default in benchmark.sizes.items():
        parser.add_argument(f"--{name}", type=int, help=f"{default:,} unless given")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--folder", help="where temporary tables go")
    parser.add_argument("--side", choices=sorted(benchmark.sides), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)
