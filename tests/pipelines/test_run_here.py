"""A pipeline on this machine: a process of its own, whose end is seen, and which can be ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.errors import ArtifactNotFound, InvalidRequest, PipelineFailed
from featurestore.progress import listening
from pipelines.pipeline_source import pipeline_document
from pipelines.run_here import cancel_here, run_folder, run_here
from pipelines.runs import run_of

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    (tmp_path / "a.jsonl").write_text("{}\n")
    places = {"storage.root_uri": str(tmp_path / "lake"), "state_directory": str(tmp_path / "state")}
    return load_profile("local", overrides=places, variables={})


PIN, SLOW = (f"tests.helpers.pipelines:{name}" for name in ("pin", "slow"))


def test_a_run_ends_with_its_summary_and_its_log_is_kept(profile: Profile, tmp_path: Path) -> None:
    told: list[str] = []
    with listening(told.append):
        found = run_here(pipeline_document(PIN), PIN, {"path": str(tmp_path / "*.jsonl")}, profile, run="r-1")

    (task,) = found["tasks"]
    assert (found["state"], task["state"], found["spark_jobs"]) == ("done", "done", 0)
    log = (run_folder("r-1", profile) / "run.log").read_text()
    assert "looking at the files of clickstream" in log
    assert any("looking at the files of clickstream" in line for line in told)
    assert "RuntimeWarning" not in log
    assert not (run_folder("r-1", profile) / "process").exists()


def test_a_run_that_fails_names_the_task_and_its_cause(profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(PipelineFailed) as raised:
        run_here(pipeline_document(PIN), PIN, {"path": "nowhere"}, profile, run="r-1")

    assert raised.value.task is not None
    assert raised.value.task.startswith("pin-input-clickstream-")
    assert "nowhere" in raised.value.told
    assert run_of("r-1", profile).state == "failed"


def test_a_run_can_be_ended_from_elsewhere(profile: Profile, tmp_path: Path) -> None:
    outcome: list[BaseException] = []

    def run() -> None:
        try:
            arguments = {"mark": str(tmp_path / "begun")}
            run_here(pipeline_document(SLOW), SLOW, arguments, profile, run="r-1")
        except PipelineFailed as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    _wait_for(tmp_path / "begun")
    group = int((run_folder("r-1", profile) / "process").read_text())

    assert cancel_here("r-1", profile)
    thread.join(20)
    assert not thread.is_alive()
    assert len(outcome) == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def test_a_process_that_is_told_to_stop_takes_its_run_along(profile: Profile, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom featurestore.config import load_profile\n"
        "from pipelines.pipeline_source import pipeline_document\nfrom pipelines.run_here import run_here\n"
        "folder, name = Path(sys.argv[1]), sys.argv[2]\n"
        "places = {'storage.root_uri': str(folder / 'lake'), 'state_directory': str(folder / 'state')}\n"
        "profile, arguments = load_profile('local', overrides=places), {'mark': str(folder / 'begun')}\n"
        "run_here(pipeline_document(name), name, arguments, profile, run='r-1')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), SLOW], stderr=subprocess.PIPE
    ) as process:
        _wait_for(tmp_path / "begun")
        group = int((run_folder("r-1", profile) / "process").read_text())
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert run_of("r-1", profile).state == "failed"


def test_a_process_that_has_the_number_now_is_left_alone(profile: Profile, tmp_path: Path) -> None:
    run_here(pipeline_document(PIN), PIN, {"path": str(tmp_path / "*.jsonl")}, profile, run="r-1")
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as other:
        (run_folder("r-1", profile) / "process").write_text(str(other.pid))

        assert cancel_here("r-1", profile) is False
        assert other.poll() is None
        other.kill()


def test_here_is_here_whatever_the_environment_says(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEATURESTORE__KUBERNETES__NAMESPACE", "growth")

    run_here(pipeline_document(PIN), PIN, {"path": str(tmp_path / "*.jsonl")}, profile, run="r-1")

    (output,) = (run_folder("r-1", profile) / "tasks").glob("*/*/executor_output.json")
    assert json.loads(output.read_text())["artifacts"]["lineage"]["artifacts"][0]["metadata"]["image"] == ""


def test_what_does_not_run_here_cannot_be_ended_here(profile: Profile, tmp_path: Path) -> None:
    run_here(pipeline_document(PIN), PIN, {"path": str(tmp_path / "*.jsonl")}, profile, run="r-1")

    with pytest.raises(ArtifactNotFound):
        cancel_here("r-2", profile)
    with pytest.raises(InvalidRequest, match="a run of this machine"):
        cancel_here("r-1", profile)


def _wait_for(path: Path) -> None:
    for _ in range(300):
        if path.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{path} did not come")
