"""Runs a SparkApplication as one process on this machine; its log is shown as it comes, and kept."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.config.load import environment
from featurestore.errors import JobFailed
from featurestore.jars import fetch_jars
from featurestore.java import find_java
from featurestore.progress import tell
from featurestore.spark_home import spark_home
from pipelines.job_answer import answer_in, error_in, error_type_in, last_exception
from pipelines.process_group import process_group
from pipelines.spark_application import JOBS
from pipelines.spark_submit import local_submission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile
    from pipelines.spark_submit import Submission

_SECONDS_TO_END = 30.0
_TAIL_LINES = 200


@dataclass(frozen=True, kw_only=True)
class LocalRunner:
    """Driver and executors in one process, the lake a folder of this machine."""

    profile: Profile

    def run(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Runs the job to its end and gives its report.

        Everything that it writes is told line by line and kept in `driver.log` under
        `<state_directory>/runs/<name>`. A file of the user's own need not report: it answers with its last
        object of JSON, or with where its log is. Raises `JobFailed` with the job's own words where it failed.
        When this process is interrupted the job is ended first.
        """
        jars = fetch_jars("spark", progress=tell)
        home = spark_home(self.profile.storage.root_uri, progress=tell)
        submission = local_submission(manifest, self.profile, home=home, jars=jars)
        name = manifest["metadata"]["name"]
        log = Path(self.profile.state_directory) / "runs" / name / "driver.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        tell(f"not used on this machine: {', '.join(submission.left_out)}")
        with _started(submission) as process:
            answer, tail = _kept(process, log)
            code = process.wait()
        ours = manifest["spec"]["mainApplicationFile"].startswith(JOBS)
        if code == 0 and (answer or not ours):
            return answer or {"job": name, "log": str(log)}
        told = error_in(answer) or (None if ours else last_exception(tail))
        raise JobFailed(
            name,
            told=told or f"it ended with code {code} and no report",
            code=code,
            log=str(log),
            error_type=error_type_in(answer),
        )


@contextmanager
def _started(submission: Submission) -> Iterator[subprocess.Popen[str]]:
    """The process, in a group of its own; at the end of the block the whole group is gone."""
    variables = {**environment(), **submission.variables, "JAVA_HOME": str(find_java().home)}
    with process_group(submission.command, variables) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _kept(process: subprocess.Popen[str], log: Path) -> tuple[dict[str, Any], deque[str]]:
    """The last line that is an object of JSON, and the last lines; all are in the log when the process ends."""
    answer: dict[str, Any] = {}
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    with log.open("w", encoding="utf-8") as kept:
        for line in process.stdout or ():
            kept.write(line)
            kept.flush()
            tail.append(line)
            found = answer_in(line)
            if found is None:
                tell(line.rstrip())
            else:
                answer = found
    return answer, tail
