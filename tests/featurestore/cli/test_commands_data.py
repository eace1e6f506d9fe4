"""Commands on tables."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from featurestore.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

PROGRAM = [sys.executable, "-c", "import sys; from featurestore.cli import main; sys.exit(main())"]
PROJECT = "project=tests.helpers.shop:PROJECT"
VISIT = {"id": "e1", "user": "u1", "time": "2024-03-01T10:00:00Z", "page": "home"}


def place(folder: Path) -> list[str]:
    """Options that put everything into a folder."""
    settings = [
        PROJECT,
        f"storage.root_uri={folder}/lake",
        f"state_directory={folder}/state",
        "spark.driver_memory=1g",
        "spark.shuffle_partitions=2",
    ]
    return [word for setting in settings for word in ("--set", setting)]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["ingest", "batch", "nothing"], "UnknownDefinition"),
        (["ingest", "batch", "visits", "--path", "/no/such/*.jsonl"], "SourceNotFound"),
        (["ingest", "stream", "visits", "--once"], "InvalidRequest"),
        (["features", "compute", "nothing"], "UnknownDefinition"),
        (["features", "compute", "small"], "TableNotFound"),
        (["read", "events/visits"], "TableNotFound"),
        (["read", "events/visits", "--as-of", "2024-03-01T00:00:00"], "NaiveTimestamp"),
        (["history", "nothing"], "TableNotFound"),
    ],
)
def test_what_cannot_be_is_wrong_use(
    arguments: list[str], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *place(tmp_path), "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["type"] == kind
    assert captured.err == f"error: {error['message']}\n"


@pytest.mark.spark
def test_a_process_prints_its_report_as_json_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_text(json.dumps(VISIT) + "\n")
    command = [*PROGRAM, "ingest", "batch", "visits", "--path", str(path), *place(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["inserted"] == 1
    told = done.stderr.splitlines()
    assert all(line.startswith("[") for line in told)
    assert told[0].endswith("starting Spark")


@pytest.mark.spark
def test_an_interrupted_process_says_so_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_text(json.dumps(VISIT) + "\n")
    command = [*PROGRAM, "ingest", "batch", "visits", "--path", str(path), *place(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "validating" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()

    assert process.returncode == 130
    assert out == ""
    assert [line for line in err.splitlines() if not line.startswith("[")] == [
        "error: Interrupted. Nothing half-written stays: the same command run again resumes."
    ]


@pytest.mark.spark
def test_people_read_rows_and_history(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_text(json.dumps(VISIT) + "\n" + json.dumps({**VISIT, "id": None}) + "\n")

    assert main(["ingest", "batch", "visits", "--path", str(path), *place(tmp_path), "--quiet"]) == 0
    ingested = capsys.readouterr().out
    assert ingested.startswith("events/visits: 2 read = 1 accepted + 1 rejected + 0 superseded\n")
    assert "reason" in ingested

    assert main(["read", "events/visits", *place(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("events/visits: 1 rows, all of them below\n")

    assert main(["history", "events/visits", *place(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("events/visits: 1 commits, newest first\n")
