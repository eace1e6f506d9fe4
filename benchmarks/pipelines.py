"""A pipeline run by `pipeline run --local` against its Spark jobs run by hand: seconds and their ratio.

    python -m benchmarks.pipelines --events 30000 --pairs 2

The pipeline is `clickstream`, from files to predictions. By hand the same jobs are run one after the other as
`manifests submit --runner local` runs them, each a process of its own, in a lake of their own; what needs no Spark
is not counted for them. Both must end with equal training sets. What is left are the processes of the tasks, the
look-ups before each job, and the records. The result is one JSON object on standard output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.comparison import NothingToCompare, Pair, in_turns, paired
from benchmarks.program import Benchmark, Sizes, main
from benchmarks.setting import generate_clickstream

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "pipelines"
_TRAINING_SET, _MODEL = "week", "purchase-week"
_VIEWS = ("user_activity", "event_type_activity")


def _measure(folder: Path, sizes: Sizes) -> tuple[list[Pair], Mapping[str, Any]]:
    generate_clickstream(folder / "generated", events=sizes["events"])
    sides = {"pipeline": _pipeline, "by_hand": _by_hand}
    number = iter(range(2 * sizes["pairs"]))
    samples = in_turns(
        lambda side: sides[side](folder / f"lake-{next(number)}", folder / "generated"),
        "pipeline",
        "by_hand",
        pairs=sizes["pairs"],
    )
    found = {json.dumps(one["digests"], sort_keys=True) for side in samples.values() for one in side}
    if len(found) != 1:
        raise NothingToCompare(f"pipelines: the tables differ: {found}")
    ours, rival = ([one["seconds"] for one in samples[side]] for side in ("pipeline", "by_hand"))
    again = [round(one["again_seconds"], 1) for one in samples["pipeline"]]
    return paired(ours, rival), {"jobs": samples["by_hand"][0]["jobs"], "run_again_seconds": again}


def _pipeline(lake: Path, events: Path) -> dict[str, Any]:
    given = (f"path={events}/*.parquet", f"training_set={_TRAINING_SET}")
    words = ["pipeline", "run", "clickstream", "--local", *(word for one in given for word in ("-p", one))]
    began = time.monotonic()
    _asked(lake, *words)
    seconds = time.monotonic() - began
    again = time.monotonic()
    if _asked(lake, *words)["spark_jobs"]:
        raise NothingToCompare("pipelines: run again, it started jobs")
    return {"seconds": seconds, "again_seconds": time.monotonic() - again, "digests": _digests(lake)}


def _by_hand(lake: Path, events: Path) -> dict[str, Any]:
    pinned = _asked(lake, "ingest", "pin", "clickstream", "--path", f"{events}/*.parquet")["pinned"]
    set_, model = ("--training-set", _TRAINING_SET), ("--model", _MODEL, "--version", "1")
    jobs = [
        ("validate", "--source", "clickstream", "--pinned", pinned),
        ("ingest-batch", "--source", "clickstream", "--pinned", pinned),
        *(("compute-features", "--view", view) for view in _VIEWS),
        ("build-training-set", "--service", "purchase_within_week", "--name", _TRAINING_SET),
        ("split", *set_),
        ("train", *set_, "--model", _MODEL),
        ("evaluate", *set_, *model, "--gate", "true"),
        ("score", *model),
        ("report-model", *set_, *model),
    ]
    began = time.monotonic()
    for job in jobs:
        _asked(lake, "manifests", "submit", "--runner", "local", *job)
    return {"seconds": time.monotonic() - began, "jobs": len(jobs), "digests": _digests(lake)}


def _digests(lake: Path) -> dict[str, str]:
    manifest = json.loads((lake / "lake/training_sets" / _TRAINING_SET / "manifest.json").read_text())
    return {"training_set": manifest["digest"]}


def _asked(lake: Path, *words: str) -> dict[str, Any]:
    """The answer of a command in this lake."""
    places = {
        "storage.root_uri": lake / "lake",
        "state_directory": lake / "state",
        "kubernetes.namespace": "here",
    }
    settings = [word for key, value in places.items() for word in ("--set", f"{key}={value}")]
    command = [str(Path(sys.executable).with_name("featurestore")), *words, *settings, "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NothingToCompare(f"{_NAME}, {words[0]}: it failed with\n{done.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


BENCHMARK = Benchmark(
    name=_NAME,
    about=__doc__,
    ours="the pipeline",
    rival="its jobs by hand",
    sizes={"events": 30_000, "pairs": 2},
    quick={"events": 3_000, "pairs": 1},
    measure=_measure,
    target=1.1,
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
