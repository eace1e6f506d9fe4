"""What a driver with packages begins with, under a real Spark."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from featurestore.config.load import environment
from featurestore.java import find_java
from pipelines.own_code import install
from pipelines.own_job import PACKAGES, STARTER
from pipelines.spark_submit import spark_submit
from tests.helpers.wheels import requirements, wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """\
import json, sys
import tiny
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "1").getOrCreate()

def of_a_worker(number):
    import tiny
    return tiny.double(number)

rows = spark.range(3).select(udf(of_a_worker, "long")("id").alias("twice")).collect()
print(json.dumps({
    "rows": [row.twice for row in rows],
    "arguments": sys.argv[1:],
    "name": __name__,
    "driver": tiny.__file__,
    "archives": spark.conf.get("spark.archives"),
    "partitions": spark.conf.get("spark.sql.shuffle.partitions"),
}))
sys.exit(3)
"""


def submitted(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A `spark-submit` that works in this folder, as a driver does in its own."""
    folder.mkdir()
    variables = {"PYTHONPATH": PACKAGES, "JAVA_HOME": str(find_java().home)}
    return subprocess.run(
        [str(spark_submit()), "--master", "local[2]", "--conf", "spark.ui.enabled=false", *words],
        cwd=folder,
        env={**environment(), **variables},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.spark
def test_driver_and_workers_import_what_lies_in_the_lake(tmp_path: Path) -> None:
    lake, work = tmp_path / "lake", tmp_path / "work"
    lake.mkdir()
    needed = requirements(tmp_path, wheel(tmp_path, "tiny", "def double(x):\n    return 2 * x\n"))
    install(needed, tmp_path / "installed")
    shutil.make_archive(str(lake / "packages"), "zip", tmp_path / "installed")
    (lake / "my_job.py").write_text(PROGRAM, encoding="utf-8")
    starter = str(ROOT / "sparkjobs" / f"{STARTER}.py")

    done = submitted(work, [starter, f"file://{lake}/packages.zip", f"file://{lake}/my_job.py", "-x", "a b"])

    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "rows": [0, 2, 4],
        "arguments": ["-x", "a b"],
        "name": "__main__",
        "driver": str(work / "packages" / "tiny.py"),
        "archives": f"file://{lake}/packages.zip#packages",
        "partitions": "1",
    }
