"""Runs a pipeline on this machine: a process of its own executes it, and each of its jobs is another one."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.config.load import PROFILE_VARIABLE, environment, to_variables
from featurestore.errors import ArtifactNotFound, InvalidRequest, PipelineFailed
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from pipelines.placed import placed_here, to_text
from pipelines.process_group import process_group
from pipelines.run_records import FAILED, RUNNING, records_of
from pipelines.runners.base import when_told_to_stop
from pipelines.runs import HERE, begin_run, end_run, run_of, summary_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from featurestore.config import Profile

_SECONDS_TO_END = 50.0
"""A task ends its job first, which may take half a minute."""
_SECONDS_BETWEEN = 0.1


def run_here(
    document: dict[str, Any],
    pipeline: str,
    arguments: dict[str, Any],
    profile: Profile,
    *,
    run: str,
    resumed_from: str | None = None,
) -> dict[str, Any]:
    """The summary of the run, when it has ended; raises `PipelineFailed` with the cause.

    What its tasks say is told, and kept in `run.log` under `<state_directory>/pipelines/<run>`. When this process is
    told to stop, the run is ended with all its jobs.
    """
    reach_lake(profile)
    folder = run_folder(run, profile)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.yaml").write_text(to_text([placed_here(document, run=run)]), encoding="utf-8")
    (folder / "arguments.json").write_text(json.dumps(arguments), encoding="utf-8")
    record = begin_run(run, pipeline, document, arguments, profile, where=HERE, resumed_from=resumed_from)
    code = 1
    try:
        with when_told_to_stop(lambda: None), _started(folder, profile) as process:
            _tell_and_keep(process, folder / "run.log")
            code = process.wait()
    finally:
        end_run(record, profile, failed=code != 0)
    if code != 0:
        raise _failure(run, profile)
    return summary_of(run, profile)


def run_folder(run: str, profile: Profile) -> Path:
    """Where this machine keeps what belongs to a run."""
    return Path(profile.state_directory) / "pipelines" / run


def cancel_here(run: str, profile: Profile) -> bool:
    """Ends a run of this machine with its tasks and jobs, and waits until they are gone; whether it still ran.

    Raises `InvalidRequest` for one that was started on another machine.
    """
    record, folder = run_of(run, profile), run_folder(run, profile)
    if not (folder / "process").is_file():
        expected = "a run of this machine, which knows its process"
        raise InvalidRequest("run", expected=expected, received=run)
    number = int((folder / "process").read_text())
    ended = _end(number) if _is_worker(number, folder) else False
    with suppress(FileNotFoundError):
        (folder / "process").unlink()
    if record.state == RUNNING:
        end_run(record, profile, failed=True)
    return ended


def _is_worker(number: int, folder: Path) -> bool:
    """Whether the process of this number is the run's: after a crash another one may have it."""
    if not Path("/proc/self").exists():
        return True
    try:
        return str(folder) in Path(f"/proc/{number}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


@contextmanager
def _started(folder: Path, profile: Profile) -> Iterator[subprocess.Popen[str]]:
    """The process that executes the pipeline, in a group with its tasks; at the end of the block all are gone."""
    variables = {**environment(), **to_variables(profile, whole=True), PROFILE_VARIABLE: "local"}
    variables["FEATURESTORE__STATE_DIRECTORY"] = profile.state_directory
    files = [str(folder / name) for name in ("pipeline.yaml", "arguments.json", "tasks")]
    command = [sys.executable, "-m", "pipelines.local_worker", *files]
    with process_group(command, variables) as process:
        (folder / "process").write_text(str(process.pid), encoding="utf-8")
        try:
            yield process
        finally:
            _end(process.pid)
            with suppress(FileNotFoundError):
                (folder / "process").unlink()


def _end(group: int) -> bool:
    """Tells a group of processes to stop and waits for it; whether there was any."""
    until = time.monotonic() + _SECONDS_TO_END
    number, was_there = signal.SIGTERM, False
    while True:
        try:
            os.killpg(group, 0)
            if not was_there or time.monotonic() > until:
                os.killpg(group, signal.SIGKILL if was_there else number)
            was_there = True
        except ProcessLookupError:
            return was_there
        time.sleep(_SECONDS_BETWEEN)
        with suppress(ChildProcessError):
            os.waitpid(group, os.WNOHANG)


def _tell_and_keep(process: subprocess.Popen[str], log: Path) -> None:
    with log.open("w", encoding="utf-8") as kept:
        for line in process.stdout or ():
            kept.write(line)
            kept.flush()
            if line.strip():
                tell(line.strip())


def _failure(run: str, profile: Profile) -> PipelineFailed:
    """By the first task that failed; one that could not even write its record is in the log."""
    log = str(run_folder(run, profile) / "run.log")
    with suppress(ArtifactNotFound):
        for one in records_of(run, profile):
            if one.state == FAILED and one.error:
                return PipelineFailed(run, task=one.task, told=one.error["message"], log=log)
    return PipelineFailed(run, task=None, told="a task ended before it began", log=log)
