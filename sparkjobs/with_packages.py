"""Program: runs a user's file with packages that lie in the lake; the driver of such a job begins with it.

    with_packages.py URI_OF_THE_PACKAGES URI_OF_THE_FILE ARGUMENTS...

Spark could fetch an archive for a driver itself, by `spark.archives`; but then whoever submits looks into the
lake first (`SparkSubmit.prepareSubmitEnvironment`, Spark 3.5), and neither the operator's image nor PySpark
as a package has the connectors for it. So the driver fetches them, and says `spark.archives` before the
user's session begins, which has executors fetch them too. This file goes to the lake by itself: it knows
Spark and nothing of featurestore.
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from typing import Any

from pyspark import SparkConf, SparkContext

PACKAGES = "packages"
"""Where executors unpack them, in their working folder, and the driver too; PYTHONPATH names it."""

_HADOOP = "spark.hadoop."


def main(packages: str, file: str, *arguments: str) -> None:
    """Becomes the user's program, once what it imports is there."""
    SparkContext._ensure_initialized()  # noqa: SLF001 - the Java process that started this one
    java: Any = SparkContext._jvm  # noqa: SLF001
    with zipfile.ZipFile(_fetched(packages, Path(), java)) as archive:
        archive.extractall(PACKAGES)
    java.java.lang.System.setProperty("spark.archives", f"{packages}#{PACKAGES}")
    program = _fetched(file, Path("job"), java)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, str(program), *arguments])  # noqa: S606 - no shell


def _fetched(uri: str, folder: Path, java: Any) -> Path:
    """A copy of a file of the lake, by the connectors and the identity that the job itself has."""
    hadoop = java.org.apache.hadoop
    settings = hadoop.conf.Configuration()
    for name, value in SparkConf().getAll():
        if name.startswith(_HADOOP):
            settings.set(name.removeprefix(_HADOOP), value)
    source = hadoop.fs.Path(uri)
    folder.mkdir(exist_ok=True)
    target = folder.absolute() / str(source.getName())
    source.getFileSystem(settings).copyToLocalFile(False, source, hadoop.fs.Path(f"file://{target}"), True)
    return target


if __name__ == "__main__":
    main(*sys.argv[1:])
