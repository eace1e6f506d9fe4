"""The demo as a user runs it: twice in a row, read back in time, and killed at random points."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.clickstream.dataset import EVENTS
from featurestore.clickstream.definitions import PURCHASE_WITHIN_WEEK
from featurestore.clickstream.inputs import BROKEN_FILE_EVENTS, BROKEN_STREAM_EVENTS
from featurestore.dev import kafka
from featurestore.store import FeatureStore
from tests.helpers.browser import look_at
from tests.helpers.pages import Read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.kafka, pytest.mark.long]


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A folder in which the demo runs."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        places = [
            "--set",
            f"storage.root_uri={self.folder}/lake",
            "--set",
            f"state_directory={self.folder}/state",
        ]
        featurestore = Path(sys.executable).with_name("featurestore")
        return [str(featurestore), *arguments, *places]

    def run(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(self.command(*arguments, "--json"), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def run_until_killed(self, *, after_seconds: float) -> bool:
        """Kills the whole process group after this long; whether it still ran."""
        with (self.folder / "killed.log").open("ab") as log:
            process = subprocess.Popen(
                self.command("demo", "--json"), stdout=log, stderr=log, start_new_session=True
            )
            try:
                process.wait(timeout=after_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return True
        return False

    def end(self) -> None:
        kafka.down(self.folder / "state" / "kafka")


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A demo that ran to its end, and how long that took."""

    demo: Demo
    report: dict[str, Any]
    seconds: float


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    demo = Demo(folder=tmp_path_factory.mktemp("demo"))
    began = time.monotonic()
    report = demo.run("demo")
    yield Finished(demo=demo, report=report, seconds=time.monotonic() - began)
    demo.end()


def test_every_event_arrives_and_every_broken_one_is_in_quarantine(finished: Finished) -> None:
    assert finished.report["rows"]["events/clickstream"] == EVENTS
    assert finished.report["rows"]["quarantine/clickstream"] == BROKEN_FILE_EVENTS + 2 * BROKEN_STREAM_EVENTS


def test_it_ends_with_a_page_that_shows_the_incident_and_the_verdict(finished: Finished) -> None:
    page = Path(finished.report["page"])

    words = Read(page.read_text(encoding="utf-8")).words
    assert page.stat().st_size < 2_000_000
    assert "purchase-week version 2" in words
    assert "payment_error : " in words
    assert "by 2 June 2024" in words or "by 1 June 2024" in words
    assert not finished.report["passed"]
    assert [one["passed"] for one in finished.report["gate"]] == [True, True, True, False]
    look = look_at(page, width=1280)
    assert (look["loaded"], look["complaints"]) == ([], [])
    assert look["width"] <= 1280


def test_run_again_it_says_what_exists_and_ends_alike(finished: Finished) -> None:
    again = finished.demo.run("demo")

    assert again["resumed"]
    assert again["digests"] == finished.report["digests"]


def test_a_read_as_of_between_the_two_ingests_gives_the_earlier_rows(finished: Finished) -> None:
    between = finished.report["between"]

    then = finished.demo.run("read", "features/user_activity", "--as-of", between)
    now = finished.demo.run("read", "features/user_activity")

    assert then["rows_total"] == finished.report["rows_between"]
    assert now["rows_total"] > then["rows_total"]


def test_the_pipelines_give_the_same_tables_and_done_again_they_do_nothing(
    finished: Finished, spark: SparkSession, tmp_path: Path
) -> None:
    lake, state = f"storage.root_uri={tmp_path}/lake", f"state_directory={finished.demo.folder}/state"
    places = ["--set", lake, "--set", state, "--json"]

    def run(name: str, *parameters: str) -> dict[str, Any]:
        featurestore = Path(sys.executable).with_name("featurestore")
        given = [word for parameter in parameters for word in ("-p", parameter)]
        command = [str(featurestore), "pipeline", "run", name, "--local", *given, *places]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        summary: dict[str, Any] = json.loads(done.stdout)
        return summary

    run("ingest", f"path={finished.demo.folder}/state/demo/files")
    first = run("clickstream", f"training_set={PURCHASE_WITHIN_WEEK.name}")
    again = run("clickstream", f"training_set={PURCHASE_WITHIN_WEEK.name}")

    store = FeatureStore("local", overrides={"storage.root_uri": f"{tmp_path}/lake"})
    digests = {
        name: json.loads((tmp_path / "lake" / name / "manifest.json").read_text())["digest"]
        if name.startswith("training_sets/")
        else store.preview(name, limit=0).digest
        for name in finished.report["digests"]
    }
    assert digests == finished.report["digests"]
    assert (first["model"], first["spark_jobs"], first["reused"]) == ("purchase-week@1", 10, 0)
    assert (again["model"], again["spark_jobs"], again["reused"]) == ("purchase-week@1", 0, 10)
    assert again["metrics"] == first["metrics"]
    assert again["reused_from"] == [first["run"]]
    assert {task["state"] for task in again["tasks"]} == {"done", "reused"}


def test_killed_at_a_random_point_and_run_again_it_ends_alike(
    finished: Finished, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> None:
    seed = pytestconfig.getoption("--demo-seed") or random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    for number in range(pytestconfig.getoption("--demo-kills")):
        demo = Demo(folder=tmp_path_factory.mktemp("killed"))
        after = chance.uniform(1, finished.seconds)
        print(f"seed {seed}, kill {number}: after {after:.1f} s")  # noqa: T201 - to repeat a failure
        try:
            demo.run_until_killed(after_seconds=after)
            assert demo.run("demo")["digests"] == finished.report["digests"], (
                f"seed {seed}, after {after:.1f} s"
            )
        finally:
            demo.end()
