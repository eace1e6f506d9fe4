"""How long `featurestore --help` takes against a bare Python that imports typer and rich.

    python -m benchmarks.start_up --pairs 15

Both are whole processes, run in ABBA order after two warm-ups. The result is one JSON object on standard output.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.comparison import Pair, in_turns, paired
from benchmarks.program import Benchmark, Sizes, main

if TYPE_CHECKING:
    from collections.abc import Mapping

WARM_UPS = 2
OURS, RIVAL = "featurestore --help", "python, typer, rich"


def _measure(_: Path, sizes: Sizes) -> tuple[list[Pair], Mapping[str, Any]]:
    for name in (OURS, RIVAL) * WARM_UPS:
        _seconds(name)
    samples = in_turns(_seconds, OURS, RIVAL, pairs=sizes["pairs"])
    least = {name: round(min(seconds), 3) for name, seconds in samples.items()}
    return paired(samples[OURS], samples[RIVAL]), {"least_seconds": least}


def _seconds(name: str) -> float:
    commands = {
        OURS: [str(Path(sys.executable).with_name("featurestore")), "--help"],
        RIVAL: [sys.executable, "-c", "import typer, rich.console"],
    }
    began = time.monotonic()
    subprocess.run(commands[name], check=True, capture_output=True)
    return time.monotonic() - began


BENCHMARK = Benchmark(
    name="start_up",
    about=__doc__,
    ours=OURS,
    rival=RIVAL,
    sizes={"pairs": 15},
    quick={"pairs": 3},
    measure=_measure,
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
