"""A column added to a view against computing the view anew: seconds and their ratio.

    python -m benchmarks.added_column --events 190000 --pairs 2

The view is the clickstream's `user_activity`, whose change rows are about six times as many as its events. Its
last aggregation is left out at first. Then it is added in place; the rival computes the whole view, that
aggregation included, into a table of its own. Both must end with equal rows, or there is nothing to compare. Each
pair runs in one process, on a fresh lake, in ABBA order over the pairs. The result is one JSON object on standard
output.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.comparison import NothingToCompare, Pair, paired
from benchmarks.program import Benchmark, Sizes, main, run_side
from benchmarks.setting import generate_clickstream, workspace_in
from featurestore.clickstream.definitions import CLICKSTREAM, USER_ACTIVITY
from featurestore.definitions import Project
from featurestore.step_requests import ComputeFeaturesRequest, IngestBatchRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_REPLACE: Any = msgspec.structs.replace
_SMALLER = _REPLACE(USER_ACTIVITY, aggregations=USER_ACTIVITY.aggregations[:-1])
_ANEW = _REPLACE(USER_ACTIVITY, version=2)


def _measure(folder: Path, sizes: Sizes) -> tuple[list[Pair], Mapping[str, Any]]:
    generate_clickstream(folder / "generated", events=sizes["events"])
    samples = []
    for pair in range(sizes["pairs"]):
        first = "anew_first" if pair % 2 == 0 else "added_first"
        samples.append(run_side("added_column", first, folder, sizes))
        shutil.rmtree(folder / "lake")
    added, anew = ([sample[name] for sample in samples] for name in ("added", "anew"))
    return paired(added, anew), {"rows": samples[0]["rows"]}


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
        raise NothingToCompare(f"added_column: the tables differ: {contents}")
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


BENCHMARK = Benchmark(
    name="added_column",
    about=__doc__,
    ours="a column added",
    rival="the view computed anew",
    sizes={"events": 190_000, "pairs": 2},
    quick={"events": 3_000, "pairs": 1},
    measure=_measure,
    sides={
        "added_first": lambda folder, _: _pair(folder, first="added"),
        "anew_first": lambda folder, _: _pair(folder, first="anew"),
    },
    target=1.0,
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
