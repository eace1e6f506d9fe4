"""Commands on a user's own program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from featurestore.cli.app import main
from featurestore.config import load_profile
from pipelines.own_job import OwnJob, own_application
from tests.helpers.wheels import requirements, wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = ["--profile", "kind"]
PROGRAM = """\
import sys
import tiny
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

def of_a_worker(number):
    import tiny
    return tiny.double(number)

spark = SparkSession.builder.getOrCreate()
rows = spark.range(3).select(udf(of_a_worker, "long")("id").alias("twice")).collect()
print({"no": "json"})
print("rows", [row.twice for row in rows], sys.argv[1:])
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "daily_report.py"
    path.write_text("print('hello')\n", encoding="utf-8")
    return str(path)


def here(folder: Path) -> list[str]:
    settings = {"storage.root_uri": folder / "lake", "state_directory": folder / "state"}
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def error_of(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*words[:2], "--json", "--quiet", *words[2:]]) == 2
    error: dict[str, Any] = json.loads(capsys.readouterr().out)["error"]
    return error


def test_a_run_is_rendered_with_what_stands_after_the_dashes(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", program, "--render", "--name", "nightly", *KIND, "--", "--days", "3", "--plan"]
    assert main(words) == 0

    job = OwnJob(file=Path(program), arguments=("--days", "3", "--plan"), name="nightly")
    wanted = own_application(job, load_profile("kind", variables={}))
    assert yaml.safe_load(capsys.readouterr().out) == wanted


def test_json_holds_the_manifest_of_the_run(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", program, "--render", "--json", "--run", "7", *KIND]) == 0

    (manifest,) = json.loads(capsys.readouterr().out)["manifests"]
    assert manifest["metadata"]["labels"]["featurestore/run"] == "7"


def test_a_plan_shows_pods_and_price(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", program, "--plan", *KIND]) == 0

    assert "driver 0.2 CPU, 1.4 GiB; 1 executors" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ([], "local://"),
        (["--set", "kubernetes.namespace=growth", "--local"], "local://"),
        (["--set", "kubernetes.namespace=growth", "--runner", "local"], "local://"),
        (["--set", "kubernetes.runner=local", *KIND], "local://"),
        (KIND, "s3a://"),
        (["--cluster", "--runner", "native", *KIND], "s3a://"),
    ],
    ids=" ".join,
)
def test_a_job_runs_where_it_is_said_or_where_the_profile_has_a_place(
    options: list[str], place: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", program, "--render", *options]) == 0

    assert yaml.safe_load(capsys.readouterr().out)["spec"]["mainApplicationFile"].startswith(place)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--local", "--cluster", *KIND], "one place"),
        (["--local", "--runner", "native", *KIND], "one place"),
        (["--cluster", "--set", "kubernetes.runner=local", *KIND], "one place"),
        (["--runner", "yarn", *KIND], "operator, native, local"),
        (["--detach"], "a job in a cluster"),
        (["--image", "mine:1"], "a job in a cluster"),
        (["--cluster"], "storage.root_uri"),
        (["--requirements", "/no/such.txt"], "No such file"),
        (["--set", "image.name=mine:latest", *KIND], "a tag that stays"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    options: list[str], told: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in error_of(["run", program, *options], capsys)["message"]


def test_a_program_that_python_would_not_run_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "job.py"
    path.write_text("x = 1\nx = = 2\n", encoding="utf-8")

    error = error_of(["run", str(path), *KIND], capsys)

    assert error["type"] == "InvalidRequest"
    assert "line 2: invalid syntax" in error["message"]


def test_an_image_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a file, --requirements, or both" in error_of(["image", "build"], capsys)["message"]


@pytest.mark.spark
def test_a_program_runs_here_with_its_packages_and_need_not_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "daily_report.py"
    path.write_text(PROGRAM, encoding="utf-8")
    needed = requirements(tmp_path, wheel(tmp_path, "tiny", "def double(x):\n    return 2 * x\n"))
    words = ["run", str(path), "--requirements", str(needed), *here(tmp_path), "--json", "--", "-x", "a b"]

    assert main(words) == 0

    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    log = Path(answer["log"]).read_text(encoding="utf-8")
    assert answer["job"].startswith("job-daily-report-")
    assert "rows [0, 2, 4] ['-x', 'a b']\n" in log
    assert "{'no': 'json'}" in captured.err


@pytest.mark.spark
def test_a_program_that_fails_here_is_told_by_its_exception(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "daily_report.py"
    path.write_text("raise ValueError('no rows for may')\n", encoding="utf-8")

    assert main(["run", str(path), *here(tmp_path), "--json", "--quiet"]) == 1

    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "JobFailed"
    assert "failed: ValueError: no rows for may. Read the driver's log: " in error["message"]
