"""Ingest against a bare Hudi write of the same rows: seconds, their ratio, and peak memory.

    python -m benchmarks.ingest --events 5000000 --pairs 1

Rival: one bare `df.write.format("hudi")` upsert of the rows that ingest committed (read back from its table
and kept as Parquet), with the options that ingest used. Both start from Parquet files and end with a commit.
Each runs in a process of its own, on a fresh table, one after the other in ABBA order. Answers are compared
first: both tables must hold the same record keys and content digests. The result is one JSON object on
standard output.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.setting import HEAP, MASTER, workspace_in
from featurestore.clickstream.definitions import PROJECT
from featurestore.clickstream.generated_files import write_parquet
from featurestore.clickstream.generator import StreamSpec
from featurestore.step_requests import IngestBatchRequest


def main() -> int:
    """Runs the comparison, or one side of it in this process (`--side`)."""
    arguments = _arguments()
    if arguments.side:
        print(json.dumps(_SIDES[arguments.side](Path(arguments.folder), Path(arguments.input))))  # noqa: T201
        return 0
    folder = Path(tempfile.mkdtemp(prefix="featurestore-benchmark-", dir=arguments.folder))
    try:
        print(json.dumps(_compare(folder, events=arguments.events, pairs=arguments.pairs), indent=1))  # noqa: T201
    finally:
        shutil.rmtree(folder)
    return 0


def _compare(folder: Path, *, events: int, pairs: int) -> dict[str, Any]:
    generated = folder / "generated"
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    write_parquet(StreamSpec(events=events, seed=7, start=start, days=30), generated, files=8)
    first = _side("ingest", folder / "first", generated)
    rows = folder / "rows"
    _side("export", folder / "first", rows)
    samples: dict[str, list[dict[str, Any]]] = {"ingest": [], "bare": []}
    for pair in range(pairs):
        order = ("bare", "ingest") if pair % 2 == 0 else ("ingest", "bare")
        for name in order:
            table = folder / f"{name}-{pair}"
            samples[name].append(_side(name, table, generated if name == "ingest" else rows))
            shutil.rmtree(table)
    digests = {sample["digest"] for name in samples for sample in samples[name]} | {first["digest"]}
    if len(digests) != 1:
        message = f"the tables differ, nothing to compare: {digests}"
        raise SystemExit(message)
    ratios = [a["seconds"] / b["seconds"] for a, b in zip(samples["ingest"], samples["bare"], strict=True)]
    return {
        "events": events,
        "ratio_median": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "seconds": {name: [round(s["seconds"], 1) for s in samples[name]] for name in samples},
        "peak_mib": {name: max(s["peak_mib"] for s in samples[name]) for name in samples},
        "conditions": {"master": MASTER, "heap": HEAP, "python": platform.python_version(), "seed": 7},
    }


def _side(name: str, folder: Path, source: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.ingest", "--side", name]
    done = subprocess.run(
        [*command, "--folder", str(folder), "--input", str(source)],
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _ingest(folder: Path, source: Path) -> dict[str, Any]:
    from featurestore.steps.ingest_batch import ingest_batch

    workspace = workspace_in(folder, PROJECT)
    began = time.monotonic()
    ingest_batch(workspace, IngestBatchRequest(source="clickstream", path=str(source)))
    return _measured(workspace, began)


def _bare(folder: Path, source: Path) -> dict[str, Any]:
    workspace = workspace_in(folder, PROJECT)
    table = workspace.lake.events("clickstream")
    began = time.monotonic()
    rows = workspace.spark.read.parquet(str(source))
    rows.write.format("hudi").options(**table.options()).mode("append").save(table.uri)
    return _measured(workspace, began)


def _export(folder: Path, target: Path) -> dict[str, Any]:
    from featurestore.offline.hudi_table import reader_columns

    table = (workspace := workspace_in(folder, PROJECT)).lake.events("clickstream")
    rows = table.read_at(table.timeline().latest_visible())
    rows.select(*reader_columns(rows.columns)).repartition(8).write.parquet(str(target))
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--folder", default=None, help="where temporary tables go")
    parser.add_argument("--side", choices=sorted(_SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--input", help=argparse.SUPPRESS)
    return parser.parse_args()


_SIDES = {"ingest": _ingest, "bare": _bare, "export": _export}

if __name__ == "__main__":
    sys.exit(main())
