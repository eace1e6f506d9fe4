"""A column added to a view against computing the view anew: seconds and their ratio.

    python -m benchmarks.added_column --events 190000 --pairs 3

The view is the clickstream's `user_activity`, whose change rows are about six times as many as its events. A lake
is filled once, with the view less its last aggregation. Then, each on a copy of that lake and in a process of its
own, as a job runs: the aggregation is added in place; the rival computes the whole view, that aggregation included,
into a table of its own. Both must end with equal rows, or there is nothing to compare. The seconds are those of the
step, without the start of Spark. The result is one JSON object on standard output.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.comparison import NothingToCompare, Pair, in_turns, paired
from benchmarks.program import Benchmark, Sizes, main, run_side
from benchmarks.setting import generate_clickstream, workspace_in
from featurestore.clickstream.definitions import CLICKSTREAM, USER_ACTIVITY
from featurestore.definitions import Project
from featurestore.step_requests import ComputeFeaturesRequest, IngestBatchRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = "added_column"
_REPLACE: Any = msgspec.structs.replace
_SMALLER = _REPLACE(USER_ACTIVITY, aggregations=USER_ACTIVITY.aggregations[:-1])
_ANEW = _REPLACE(USER_ACTIVITY, version=2)


def _measure(folder: Path, sizes: Sizes) -> tuple[list[Pair], Mapping[str, Any]]:
    generate_clickstream(folder / "generated", events=sizes["events"])
    run_side(_NAME, "before", folder, sizes)
    (folder / "lake").rename(folder / "before")
    samples = in_turns(lambda side: _side(side, folder, sizes), "added", "anew", pairs=sizes["pairs"])
    found = {(one["digest"], one["rows"]) for side in samples.values() for one in side}
    if len(found) != 1:
        raise NothingToCompare(f"added_column: the tables differ: {found}")
    added, anew = ([one["seconds"] for one in samples[side]] for side in ("added", "anew"))
    return paired(added, anew), {"rows": samples["added"][0]["rows"]}


def _side(side: str, folder: Path, sizes: Sizes) -> dict[str, Any]:
    shutil.rmtree(folder / "lake", ignore_errors=True)
    shutil.copytree(folder / "before", folder / "lake")
    return run_side(_NAME, side, folder, sizes)


def _before(folder: Path) -> dict[str, Any]:
    from featurestore.steps.ingest_batch import ingest_batch

    request = IngestBatchRequest(source="clickstream", path=str(folder / "generated"))
    ingest_batch(_workspace(folder, _SMALLER), request)
    return {"seconds": _seconds(folder, _SMALLER)}


def _computed(folder: Path, view: Any) -> dict[str, Any]:
    from featurestore.offline.encoding import content_of
    from featurestore.offline.features import standing

    table = _workspace(folder, view).lake.table(view.table)
    seconds = _seconds(folder, view)
    rows = standing(table.read_at(table.timeline().latest_visible()))
    content = content_of(rows, leave_out=["version"])
    return {"seconds": seconds, "rows": content.rows, "digest": content.digest}


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
    name=_NAME,
    about=__doc__,
    ours="a column added",
    rival="the view computed anew",
    sizes={"events": 190_000, "pairs": 3},
    quick={"events": 3_000, "pairs": 1},
    measure=_measure,
    sides={
        "before": lambda folder, _: _before(folder),
        "added": lambda folder, _: _computed(folder, USER_ACTIVITY),
        "anew": lambda folder, _: _computed(folder, _ANEW),
    },
    target=1.0,
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
