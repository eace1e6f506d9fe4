"""A column added to a view against computing the view anew: seconds and their ratio.

    python -m benchmarks.added_column --events 190000 --pairs 2

The view is the clickstream's `user_activity`, whose change rows are about five times as many as its events. Its
last aggregation is left out at first. Then it is added in place; the rival computes the whole view, that
aggregation included, into a table of its own. Both must end with equal rows. Each pair runs in one process, on
a fresh lake, in ABBA order over the pairs. The result is one JSON object on standard output.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.setting import HEAP, MASTER, workspace_in
from featurestore.clickstream.definitions import CLICKSTREAM, USER_ACTIVITY
from featurestore.clickstream.generated_files import write_parquet
from featurestore.clickstream.generator import StreamSpec
from featurestore.definitions import Project
from featurestore.step_requests import ComputeFeaturesRequest, IngestBatchRequest

_REPLACE: Any = msgspec.structs.replace
_SMALLER = _REPLACE(USER_ACTIVITY, aggregations=USER_ACTIVITY.aggregations[:-1])
_ANEW = _REPLACE(USER_ACTIVITY, version=2)


def main() -> int:
    """Runs the comparison, or one pair of it in this process (`--first`)."""
    arguments = _arguments()
    if arguments.first:
        print(json.dumps(_pair(Path(arguments.folder), first=arguments.first)))  # noqa: T201
        return 0
    folder = Path(tempfile.mkdtemp(prefix="featurestore-benchmark-", dir=arguments.folder))
    try:
        print(json.dumps(_compare(folder, events=arguments.events, pairs=arguments.pairs), indent=1))  # noqa: T201
    finally:
        shutil.rmtree(folder)
    return 0


def _compare(folder: Path, *, events: int, pairs: int) -> dict[str, Any]:
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    write_parquet(StreamSpec(events=events, seed=7, start=start, days=30), folder / "generated", files=8)
    samples = []
    for pair in range(pairs):
        command = [sys.executable, "-m", "benchmarks.added_column", "--folder", str(folder)]
        done = subprocess.run(
            [*command, "--first", "anew" if pair % 2 == 0 else "added"],
            check=True,
            capture_output=True,
            text=True,
        )
        samples.append(json.loads(done.stdout))
        shutil.rmtree(folder / "lake")
    ratios = [sample["added"] / sample["anew"] for sample in samples]
    return {
        "events": events,
        "rows": samples[0]["rows"],
        "ratio_median": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "seconds": {name: [round(one[name], 1) for one in samples] for name in ("added", "anew")},
        "conditions": {"master": MASTER, "heap": HEAP, "python": platform.python_version(), "seed": 7},
    }


def _pair(folder: Path, *, first: str) -> dict[str, Any]:
    """Seconds of both in one session, warmed by computing the smaller view; their rows must be equal."""
    from featurestore.offline.encoding import content_of
    from featurestore.offline.features import standing
    from featurestore.steps.ingest_batch import ingest_batch

    ingest_batch(
        _workspace(folder, _SMALLER),
        IngestBatchRequest(source="clickstream", path=str(folder / "generated")),
    )
    _seconds(folder, _SMALLER)
    views = {"added": USER_ACTIVITY, "anew": _ANEW}
    order = (first, *(name for name in views if name != first))
    seconds = {name: _seconds(folder, views[name]) for name in order}
    contents = []
    for view in views.values():
        table = _workspace(folder, view).lake.table(view.table)
        contents.append(
            content_of(standing(table.read_at(table.timeline().latest_visible())), leave_out=["version"])
        )
    if contents[0] != contents[1]:
        message = f"the tables differ, nothing to compare: {contents}"
        raise SystemExit(message)
    return {**seconds, "rows": contents[0].rows}


def _seconds(folder: Path, view: Any) -> float:
    from featurestore.steps.compute_features import compute_features

    workspace = _workspace(folder, view)
    began = time.monotonic()
    compute_features(workspace, ComputeFeaturesRequest(view=view.name))
    return time.monotonic() - began


def _workspace(folder: Path, view: Any) -> Any:
    project = Project(name="clickstream", sources=(CLICKSTREAM,), views=(view,))
    return workspace_in(folder, project)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=190_000)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--folder", default=None, help="where temporary tables go")
    parser.add_argument("--first", choices=("added", "anew"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
