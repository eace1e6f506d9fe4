"""How long `featurestore --help` takes against a bare Python that imports typer and rich.

    python -m benchmarks.start_up --runs 15

Both are whole processes, run alternately after two warm-ups. The result is one JSON object on standard
output.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Prints minimum and median seconds of each, and the median of the pairwise ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = {
        "featurestore --help": [str(Path(sys.executable).with_name("featurestore")), "--help"],
        "python, typer, rich": [sys.executable, "-c", "import typer, rich.console"],
    }
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(runs + 2):
        for name, command in commands.items():
            began = time.monotonic()
            subprocess.run(command, check=True, capture_output=True)
            if number > 1:
                samples[name].append(time.monotonic() - began)
    ours, bare = samples.values()
    result = {
        "seconds": {
            name: {"minimum": round(min(s), 3), "median": round(statistics.median(s), 3)}
            for name, s in samples.items()
        },
        "ratio_median": round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 2),
        "runs": runs,
        "python": platform.python_version(),
    }
    print(json.dumps(result, indent=1))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
