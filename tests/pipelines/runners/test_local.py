"""Jobs as one process on this machine: a real `spark-submit`, its report, its log, its end."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.errors import JobFailed
from featurestore.progress import listening
from featurestore.step_requests import HistoryRequest, IngestBatchRequest
from pipelines.runners.local import LocalRunner
from pipelines.spark_application import spark_application
from tests.helpers.shop import events

if TYPE_CHECKING:
    from featurestore.config import Profile

pytestmark = pytest.mark.spark

WAITS = "import sys, time\nprint('waiting', file=sys.stderr, flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    settings = {
        "project": "tests.helpers.shop:PROJECT",
        "storage.root_uri": str(tmp_path / "lake"),
        "state_directory": str(tmp_path / "state"),
        "kubernetes.namespace": "growth",
        "kubernetes.event_log_uri": f"file://{tmp_path}/events",
        "driver.memory": "1g",
    }
    return load_profile("local", overrides=settings, variables={})


def test_a_job_does_its_step_and_gives_its_report(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_text(
        "".join(json.dumps(one) + "\n" for one in events("1 u1 10:00 home 2 \n 2 u2 10:10 cart 1"))
    )
    manifest = spark_application(IngestBatchRequest(source="visits", path=str(path)), profile)
    told: list[str] = []

    with listening(told.append):
        report = LocalRunner(profile=profile).run(manifest)

    assert (report["table"], report["inserted"]) == ("events/visits", 2)
    log = tmp_path / "state" / "runs" / "ingest-batch-visits" / "driver.log"
    assert "writing 2 events to events/visits" in log.read_text()
    assert any("writing 2 events" in line for line in told)
    assert told[0].startswith("not used on this machine: executor, ")


def test_a_job_that_fails_is_told_in_its_own_words(profile: Profile) -> None:
    manifest = spark_application(HistoryRequest(table="events/visits"), profile)

    with pytest.raises(JobFailed, match="events/visits") as raised:
        LocalRunner(profile=profile).run(manifest)

    assert raised.value.code == 2
    assert raised.value.log.endswith("history-events-visits/driver.log")


def test_a_process_that_is_killed_is_a_failed_job(profile: Profile, tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n")

    with pytest.raises(JobFailed, match="and no report"):
        LocalRunner(profile=profile).run(own(profile, job))


def test_an_interrupt_ends_the_job_and_all_that_it_started(profile: Profile, tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text(WAITS)
    told: list[str] = []

    def interrupt() -> None:
        while "waiting" not in told:
            time.sleep(0.1)
        # As the terminal does it: to the main thread, which is waiting for the job.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt), listening(told.append):
        LocalRunner(profile=profile).run(own(profile, job))

    assert running(str(job)) == []


def own(profile: Profile, job: Path) -> dict[str, Any]:
    """A manifest of a file of one's own."""
    manifest = spark_application(HistoryRequest(table="events/visits"), profile)
    manifest["spec"]["mainApplicationFile"] = f"local://{job}"
    return manifest


def running(word: str) -> list[bytes]:
    """Command lines of processes that hold this word."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(file.read_bytes())
    return [line for line in found if word.encode() in line]
