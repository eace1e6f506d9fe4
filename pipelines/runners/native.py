"""Jobs as bare driver pods that `spark-submit` makes, for clusters without the operator."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.config.load import environment
from featurestore.errors import ClusterRefused, JobFailed, RunDiffers
from featurestore.java import find_java
from featurestore.progress import tell
from pipelines.job_state import Look, State, phase_of
from pipelines.native_submit import driver_name, native_submission
from pipelines.process_group import process_group
from pipelines.runners.operator import SECONDS_BETWEEN, SECONDS_TO_GO, asks_for_the_same, is_going
from pipelines.spark_application import INSTANCE, ROLE, RUN
from pipelines.spark_submit import spark_submit

if TYPE_CHECKING:
    from pipelines.cluster import Cluster

_STATES = {
    "Pending": State.STARTING,
    "Running": State.RUNNING,
    "Succeeded": State.COMPLETED,
    "Failed": State.FAILED,
}
_SECONDS_TO_SUBMIT = 120.0
_MESSAGE = re.compile(r"Message: (.+?)\.? Received status")


@dataclass(frozen=True, kw_only=True)
class NativeJobs:
    """Creates, reads and deletes driver pods, which own all else that a job has."""

    cluster: Cluster
    folder: Path
    """Where what `spark-submit` says is kept, in a folder for each job."""

    def start(self, manifest: dict[str, Any]) -> None:
        """As `ClusterJobs` says. Raises `JobFailed` with the words of `spark-submit` where that fails."""
        name = manifest["metadata"]["name"]
        found = self.cluster.pod(driver_name(name))
        if found is not None and (phase_of(found) == "Failed" or is_going(found)):
            self.delete(name)
            found = None
        if found is None:
            self._wait_until_gone(name)
            self._submit(manifest)
        elif not asks_for_the_same(found, manifest):
            raise RunDiffers(name, run=manifest["metadata"]["labels"].get(RUN, "unnamed"))

    def look(self, name: str) -> Look:
        """As `ClusterJobs` says."""
        pods = self.cluster.pods({INSTANCE: name})
        driver = next((one for one in pods if one["metadata"]["name"] == driver_name(name)), None)
        return Look(
            state=State.GONE if driver is None else state_of_driver(driver),
            driver=driver,
            executors=tuple(one for one in pods if one["metadata"]["labels"].get(ROLE) == "executor"),
        )

    def delete(self, name: str) -> None:
        """As `ClusterJobs` says."""
        self.cluster.delete_pod(driver_name(name))

    def _submit(self, manifest: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory(prefix="featurestore-") as folder:
            submission = native_submission(
                manifest,
                spark_submit=spark_submit(),
                server=self.cluster.server,
                context=self.cluster.context,
                folder=Path(folder),
            )
            for file, text in submission.templates.items():
                (Path(folder) / file).write_text(text, encoding="utf-8")
            tell(f"not used without the operator: {', '.join(submission.left_out)}")
            code, said = _said(submission.command)
        name = manifest["metadata"]["name"]
        log = self.folder / name / "submit.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(said, encoding="utf-8")
        if code and not self._is_there(manifest):
            raise JobFailed(name, told=_reason(said), code=code, log=str(log))

    def _is_there(self, manifest: dict[str, Any]) -> bool:
        """Whether its driver was made all the same, by a submission that did not end or by another's."""
        found = self.cluster.pod(driver_name(manifest["metadata"]["name"]))
        return found is not None and not is_going(found) and asks_for_the_same(found, manifest)

    def _wait_until_gone(self, name: str) -> None:
        until = time.monotonic() + SECONDS_TO_GO
        while self.cluster.pods({INSTANCE: name}):
            if time.monotonic() > until:
                told = "pods of its name stay"
                raise ClusterRefused(f"starting {name} anew", told=told, status=409)
            time.sleep(SECONDS_BETWEEN)


def state_of_driver(pod: dict[str, Any]) -> State:
    """The state of the job whose driver this is."""
    return _STATES.get(phase_of(pod), State.LOST)


def _said(command: tuple[str, ...]) -> tuple[int, str]:
    """Exit code and words of `spark-submit`, which makes the driver's pod and leaves; it is ended when we are."""
    variables = {**environment(), "JAVA_HOME": str(find_java().home)}
    with process_group(command, variables) as process:
        try:
            said, _ = process.communicate(timeout=_SECONDS_TO_SUBMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            said += f"\nspark-submit did not end within {_SECONDS_TO_SUBMIT:g} s\n"
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, said


def _reason(said: str) -> str:
    """The API server's own words in those of `spark-submit`, else its last line."""
    found = _MESSAGE.search(said)
    lines = said.strip().splitlines()
    return found[1] if found else lines[-1] if lines else "spark-submit said nothing"
