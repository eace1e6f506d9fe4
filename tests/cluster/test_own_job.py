"""A user's own job on a real cluster with a real lake, by the Spark Operator and without it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import JobFailed
from featurestore.files import list_names
from featurestore.lake_access import reach_lake
from featurestore.progress import listening
from pipelines.check import checked
from pipelines.job_list import jobs_in, status_of
from pipelines.own_code import bring
from pipelines.own_job import OwnJob, own_application, uri_in_lake
from pipelines.runners.choose import cluster_of, in_cluster, runner_of
from tests.helpers.cluster_lake import credentials
from tests.helpers.wheels import requirements, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile
    from tests.cluster.conftest import Team

pytestmark = pytest.mark.cluster

RUNNERS = ("operator", "native")
PROGRAM = """\
import json, sys
import tiny
import ujson
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

def of_a_worker(number):
    import tiny
    import ujson
    return ujson.dumps({"twice": tiny.double(number)})

spark = SparkSession.builder.getOrCreate()
rows = spark.range(3).select(udf(of_a_worker)("id").alias("told")).collect()
spark.range(5).write.mode("overwrite").parquet(sys.argv[1])
print(json.dumps({"rows": [row.told for row in rows], "written": spark.read.parquet(sys.argv[1]).count(),
                  "arguments": sys.argv[2:], "compiled": ujson.__file__.endswith(".so")}))
"""


@pytest.fixture(scope="module")
def profile(place: Team) -> Iterator[Profile]:
    """The team's, with the credentials with which its members upload."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in credentials().items():
            patch.setenv(name, value)
        reach_lake(place.profile)
        yield place.profile


def written(folder: Path, text: str, *arguments: str) -> OwnJob:
    file = folder / "daily report.py"
    file.write_text(text, encoding="utf-8")
    return OwnJob(file=file, arguments=arguments)


def packed(folder: Path, text: str, *arguments: str) -> OwnJob:
    """A program that imports a module of its own and one that is compiled."""
    needed = requirements(folder, wheel(folder, "tiny", "def double(x):\n    return 2 * x\n"))
    lines = needed.read_text(encoding="utf-8").replace("--no-index\n", "ujson==5.10.0\n")
    needed.write_text(lines, encoding="utf-8")
    return OwnJob(
        file=written(folder, text).file, arguments=arguments, requirements=needed, name="daily-report"
    )


def ran(job: OwnJob, profile: Profile, runner: str) -> dict[str, Any]:
    manifest = own_application(job, profile, run=secrets.token_hex(4))
    checked(manifest, profile)
    bring(job, manifest, profile)
    return runner_of(runner, profile).run(manifest)


@pytest.mark.parametrize("runner", RUNNERS)
def test_driver_and_executors_import_what_was_shipped(runner: str, profile: Profile, tmp_path: Path) -> None:
    place = f"{profile.storage.root_uri}/out-{runner}"
    job = packed(tmp_path, PROGRAM, place, "-x", "a b")

    answer = ran(job, profile, runner)

    assert answer == {
        "rows": ['{"twice":0}', '{"twice":2}', '{"twice":4}'],
        "written": 5,
        "arguments": ["-x", "a b"],
        "compiled": True,
    }
    shipped = ["daily-report.py", "packages.zip", "with_packages.py"]
    assert list_names(uri_in_lake(job, profile, "")) == shipped
    listed = {one.name: one.runner for one in jobs_in(cluster_of(profile))}
    assert runner in {kind for name, kind in listed.items() if name.startswith("job-daily-report-")}


def test_equal_code_is_uploaded_once(profile: Profile, tmp_path: Path) -> None:
    job = written(tmp_path, "print('once')\n")
    manifest = own_application(job, profile)
    told: list[str] = []

    with listening(told.append):
        bring(job, manifest, profile)
        bring(job, manifest, profile)

    assert [line for line in told if line.startswith("uploading ")] == told[:1]


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_program_that_fails_is_told_by_its_exception_and_runs_once(
    runner: str, profile: Profile, tmp_path: Path
) -> None:
    job = written(tmp_path, f"raise ValueError('no rows for may by {runner}')\n")

    with pytest.raises(JobFailed, match=f"ValueError: no rows for may by {runner}") as raised:
        ran(job, profile, runner)

    assert raised.value.code == 1
    assert Path(raised.value.log).read_text(encoding="utf-8").count("Traceback") == 1
    status = status_of(raised.value.job, in_cluster(runner, profile))
    assert status["state"] == "failed"
