"""Ingest against a bare Hudi write of the same rows: seconds, their ratio, and peak memory.

    python -m benchmarks.ingest --events 5000000 --pairs 2

Rival: one bare `df.write.format("hudi")` upsert of the rows that ingest committed (read back from its table
and kept as Parquet), with the options that ingest used. Both start from Parquet files and end with a commit.
Each runs in a process of its own, on a fresh table, one after the other in ABBA order. Both must end with the same
record keys and content digests, or there is nothing to compare. The result is one JSON object on standard output.
"""

from __future__ import annotations

import resource
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.comparison import NothingToCompare, Pair, in_turns, paired
from benchmarks.program import Benchmark, Sizes, main, run_side
from benchmarks.setting import generate_clickstream, workspace_in
from featurestore.clickstream.definitions import PROJECT
from featurestore.step_requests import IngestBatchRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


def _measure(folder: Path, sizes: Sizes) -> tuple[list[Pair], Mapping[str, Any]]:
    generate_clickstream(folder / "generated", events=sizes["events"])
    first = run_side("ingest", "ingest", folder, sizes)
    run_side("ingest", "export", folder, sizes)
    shutil.rmtree(folder / "lake")
    samples = in_turns(
        lambda name: _on_a_fresh_table(name, folder, sizes), "ingest", "bare", pairs=sizes["pairs"]
    )
    digests = {first["digest"], *(sample["digest"] for side in samples.values() for sample in side)}
    if len(digests) != 1:
        raise NothingToCompare(f"ingest: the tables differ, by digests {sorted(digests)}")
    ingest, bare = ([sample["seconds"] for sample in samples[name]] for name in ("ingest", "bare"))
    peaks = {name: max(sample["peak_mib"] for sample in side) for name, side in samples.items()}
    return paired(ingest, bare), {"peak_mib": peaks}


def _on_a_fresh_table(side: str, folder: Path, sizes: Sizes) -> dict[str, Any]:
    try:
        return run_side("ingest", side, folder, sizes)
    finally:
        shutil.rmtree(folder / "lake", ignore_errors=True)


def _ingest(folder: Path, _: Sizes) -> dict[str, Any]:
    from featurestore.steps.ingest_batch import ingest_batch

    workspace = workspace_in(folder, PROJECT)
    began = time.monotonic()
    ingest_batch(workspace, IngestBatchRequest(source="clickstream", path=str(folder / "generated")))
    return _measured(workspace, began)


def _bare(folder: Path, _: Sizes) -> dict[str, Any]:
    workspace = workspace_in(folder, PROJECT)
    table = workspace.lake.events("clickstream")
    began = time.monotonic()
    rows = workspace.spark.read.parquet(str(folder / "rows"))
    rows.write.format("hudi").options(**table.options()).mode("append").save(table.uri)
    return _measured(workspace, began)


def _export(folder: Path, _: Sizes) -> dict[str, Any]:
    from featurestore.offline.hudi_table import reader_columns

    table = (workspace := workspace_in(folder, PROJECT)).lake.events("clickstream")
    rows = table.read_at(table.timeline().latest_visible())
    rows.select(*reader_columns(rows.columns)).repartition(8).write.parquet(str(folder / "rows"))
    return _measured(workspace, time.monotonic())


def _measured(workspace: Any, began: float) -> dict[str, Any]:
    """Seconds until now; then, outside the clock, the peak memory of Python and Java and what was written."""
    from featurestore.offline.encoding import table_digest

    seconds = time.monotonic() - began
    java = workspace.spark._jvm.java.lang.ProcessHandle.current().pid()  # noqa: SLF001
    status = Path(f"/proc/{java}/status").read_text(encoding="utf-8")
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024
    table = workspace.lake.events("clickstream")
    rows = table.read_at(table.timeline().latest_visible()).select("record_key", "content_digest")
    return {
        "seconds": seconds,
        "peak_mib": peak + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "digest": table_digest(rows),
    }


BENCHMARK = Benchmark(
    name="ingest",
    about=__doc__,
    ours="ingest",
    rival="bare Hudi write",
    sizes={"events": 5_000_000, "pairs": 2},
    quick={"events": 20_000, "pairs": 1},
    measure=_measure,
    sides={"ingest": _ingest, "bare": _bare, "export": _export},
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
