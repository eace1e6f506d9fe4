"""What was measured on: versions, machine, settings, date."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from importlib import metadata

import featurestore
from benchmarks.setting import DAYS, FILES, HEAP, MASTER, PARTITIONS, SEED
from featurestore.jars import locked_jars
from featurestore.java import find_java


def conditions() -> dict[str, str]:
    """By name, in the order to show them in; taken before anything runs, for `load` tells whether others ran."""
    return {
        "featurestore": featurestore.__version__,
        "Python": platform.python_version(),
        "Java": find_java().version,
        "Spark": metadata.version("pyspark"),
        "Hudi": _locked("hudi-spark"),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "load": f"{os.getloadavg()[0]:.1f} in the minute before",
        "session": f"{MASTER}, heap {HEAP}, {PARTITIONS} shuffle partitions",
        "clickstream": f"seed {SEED}, {DAYS} days, {FILES} Parquet files",
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _locked(artifact: str) -> str:
    return next(jar.version for jar in locked_jars("spark") if jar.artifact.startswith(artifact))
