"""Runs benchmarks one after the other and shows what they found in one table.

    python -m benchmarks [NAME ...] [--quick] [--json]

Without names all of them run, which takes tens of minutes. Conditions and versions stand above the table. A
ratio is the median of the pairs', an interval their least and greatest, seconds are medians; a target is the
greatest ratio that is good enough. What else was measured stands below. Ends with 1 where a benchmark failed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.comparison import Comparison, NothingToCompare
from benchmarks.conditions import conditions
from benchmarks.tables import conditions_block, results_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.program import Benchmark

NAMES = ("ingest", "start_up", "training", "added_column", "pipelines")
_WIDTH_OF_A_FILE = 140


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs those that are named; progress goes to standard error."""
    options = _options(arguments)
    stated = conditions()
    found: list[Comparison] = []
    failures: dict[str, str] = {}
    for name in options.names or NAMES:
        benchmark: Benchmark = importlib.import_module(f"benchmarks.{name}").BENCHMARK
        print(f"{name} ...", file=sys.stderr, flush=True)  # noqa: T201
        try:
            sizes = benchmark.quick if options.quick else benchmark.sizes
            found.append(benchmark.run(sizes, folder=options.folder))
        except NothingToCompare as reason:
            failures[name] = str(reason)
    if options.json:
        whole = {"conditions": stated, "benchmarks": [one.as_json() for one in found], "failures": failures}
        print(json.dumps(whole, indent=1))  # noqa: T201
    else:
        _show(stated, found, failures)
    return 1 if failures else 0


def _show(stated: dict[str, str], found: list[Comparison], failures: dict[str, str]) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)
    console.print(conditions_block(stated))
    console.print(results_table(found))
    for one in found:
        if one.more:
            console.print(f"{one.benchmark}: {json.dumps(_rounded(one.more))}", markup=False, soft_wrap=True)
    for reason in failures.values():
        console.print(f"failed: {reason}", markup=False, soft_wrap=True)


def _rounded(more: Any) -> dict[str, Any]:
    return {name: float(f"{one:.2g}") if isinstance(one, float) else one for name, one in more.items()}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that they run")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    parser.add_argument("--folder", help="where temporary tables go")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"expected some of {', '.join(NAMES)}, got {', '.join(unknown)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
