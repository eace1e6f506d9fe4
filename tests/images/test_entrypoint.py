"""What a pod starts, with programs that only tell how they were called in place of Java, Spark and tini."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parents[2] / "images" / "spark"
ENTRYPOINT, DECOMMISSION = FOLDER / "entrypoint.sh", FOLDER / "decom.sh"
BACKEND = "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
LAUNCHER = "org.apache.spark.launcher.Main"
JAVA = f"""#!{sys.executable}
import json, os, sys
words = sys.argv[1:]
if "{LAUNCHER}" in words:
    # As Spark's launcher answers: a mark, the end of its line, and words that end in a zero each.
    path = os.environ["SPARK_HOME"] + "/conf/:" + os.environ["SPARK_HOME"] + "/jars/*"
    told = ["env", "A=b", sys.argv[0], "-cp", path, "-Xmx1g", *words[words.index("{LAUNCHER}") + 1 :]]
    sys.stdout.write("\\0\\n" + "".join(word + "\\0" for word in told))
else:
    print(json.dumps(sys.argv))
"""
"""The launcher, which says what to start, and what is started, which tells how."""
SUBMIT = "org.apache.spark.deploy.SparkSubmit"
SHARING = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]

EXECUTOR = {
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@driver:7078",
    "SPARK_EXECUTOR_ID": "7",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_EXECUTOR_MEMORY": "1024m",
    "SPARK_EXECUTOR_POD_IP": "10.0.0.7",
    "SPARK_EXECUTOR_POD_NAME": "job-exec-7",
    "SPARK_APPLICATION_ID": "spark-1",
    "SPARK_RESOURCE_PROFILE_ID": "0",
}


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    programs = {
        "home/bin/load-spark-env.sh": "",
        "home/jars/b.jar": "",
        "home/jars/a.jar": "",
        "java/bin/java": JAVA,
        "bin/tini": '#!/bin/sh\n[ "$1 $2" = "-s --" ] && shift 2 && exec "$@"\n',
    }
    for name, text in programs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "SPARK_HOME": f"{tmp_path}/home",
        "JAVA_HOME": f"{tmp_path}/java",
    }


def started(variables: dict[str, str], *arguments: str) -> list[str]:
    """The program that the entry point starts, without its folder, and its arguments."""
    done = subprocess.run(
        [str(ENTRYPOINT), *arguments], env=variables, check=True, capture_output=True, text=True
    )
    program, *words = json.loads(done.stdout)
    return [Path(program).name, *words]


def test_a_driver_is_a_submission_in_this_pod(variables: dict[str, str]) -> None:
    variables["SPARK_DRIVER_BIND_ADDRESS"] = "10.0.0.1"

    words = started(variables, "driver", "--class", "x.Runner", "local:///a job.py", "--view", "")

    home = variables["SPARK_HOME"]
    assert words == [
        *("java", "-cp", f"{home}/conf/:{home}/jars/*", "-Xmx1g", SUBMIT),
        *("--conf", "spark.driver.bindAddress=10.0.0.1"),
        *("--conf", "spark.executorEnv.SPARK_DRIVER_POD_IP=10.0.0.1"),
        *("--deploy-mode", "client"),
        *("--class", "x.Runner", "local:///a job.py", "--view", ""),
    ]


def test_an_executor_has_what_spark_says_in_variables(variables: dict[str, str]) -> None:
    words = started({**variables, **EXECUTOR}, "executor")

    path = words.pop(words.index("-cp") + 1)
    assert words == [
        *("java", "-Xms1024m", "-Xmx1024m", "-cp", BACKEND),
        *("--driver-url", "spark://CoarseGrainedScheduler@driver:7078", "--executor-id", "7", "--cores", "2"),
        *("--app-id", "spark-1", "--hostname", "10.0.0.7", "--resourceProfileId", "0"),
        *("--podName", "job-exec-7"),
    ]
    home = variables["SPARK_HOME"]
    assert path == f"{home}/jars/a.jar:{home}/jars/b.jar:{Path.cwd()}"


def test_options_of_java_keep_their_order_and_their_words(variables: dict[str, str]) -> None:
    options = {f"SPARK_JAVA_OPT_{number}": f"-Dname{number}=a b=$HOME\n*" for number in range(12)}

    words = started({**variables, **EXECUTOR, **options}, "executor")

    assert words[1:13] == list(options.values())


def test_further_folders_are_on_the_class_path(variables: dict[str, str]) -> None:
    further = {
        "SPARK_EXTRA_CLASSPATH": "/extra/*",
        "HADOOP_CONF_DIR": "/hadoop",
        "SPARK_CONF_DIR": "/conf",
        "SPARK_DIST_CLASSPATH": "/dist",
    }

    words = started({**variables, **EXECUTOR, **further}, "executor")

    home = variables["SPARK_HOME"]
    path = words[words.index("-cp") + 1]
    assert path == f"/hadoop:{home}/jars/a.jar:{home}/jars/b.jar:/extra/*:{Path.cwd()}:/dist"


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_java_is_given_the_archive_of_classes_and_the_class_path_that_it_is_for(
    variables: dict[str, str], role: str
) -> None:
    home = Path(variables["SPARK_HOME"])
    (home / "classes.jsa").touch()
    (home / "conf").mkdir()
    for name in ("spark.properties", "..data"):
        (home / "conf" / name).touch()

    words = started({**variables, **EXECUTOR, "SPARK_DRIVER_BIND_ADDRESS": "10.0.0.1"}, role)

    at = words.index("-cp")
    assert words[at - 3 : at] == [f"-XX:SharedArchiveFile={home}/classes.jsa", *SHARING]
    assert words[at + 1].startswith(f"{home}/jars/a.jar:{home}/jars/b.jar")
    assert "/conf" not in words[at + 1]


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_settings_that_reach_java_by_the_class_path_stay_first_on_it(
    variables: dict[str, str], role: str
) -> None:
    home = Path(variables["SPARK_HOME"])
    (home / "classes.jsa").touch()
    (home / "conf").mkdir()
    (home / "conf" / "log4j2.properties").touch()

    words = started({**variables, **EXECUTOR, "SPARK_DRIVER_BIND_ADDRESS": "10.0.0.1"}, role)

    first, second = words[words.index("-cp") + 1].split(":")[:2]
    assert (first.rstrip("/"), second) == (f"{home}/conf", f"{home}/jars/a.jar")


def test_the_archive_is_made_by_a_program_that_ends(variables: dict[str, str]) -> None:
    words = started(variables, "share-classes", "/tmp/program.py")

    home = variables["SPARK_HOME"]
    assert words == [
        *("java", f"-XX:ArchiveClassesAtExit={home}/classes.jsa", *SHARING),
        *("-cp", f"{home}/jars/a.jar:{home}/jars/b.jar", "-Xmx1g", SUBMIT),
        *("--master", "local[2]", "/tmp/program.py"),
    ]


def test_a_launcher_that_says_nothing_ends_the_driver(variables: dict[str, str]) -> None:
    Path(variables["JAVA_HOME"], "bin", "java").write_text("#!/bin/sh\necho no memory >&2\nexit 3\n")

    done = subprocess.run(
        [str(ENTRYPOINT), "driver"],
        env={**variables, "SPARK_DRIVER_BIND_ADDRESS": "10.0.0.1"},
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (1, "no memory\n")


@pytest.mark.parametrize(
    ("role", "given", "name"),
    [
        ("driver", {}, "SPARK_DRIVER_BIND_ADDRESS"),
        ("executor", {**EXECUTOR, "SPARK_DRIVER_URL": ""}, "SPARK_DRIVER_URL"),
    ],
)
def test_what_spark_did_not_say_is_named(
    variables: dict[str, str], role: str, given: dict[str, str], name: str
) -> None:
    done = subprocess.run(
        [str(ENTRYPOINT), role], env={**variables, **given}, check=False, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert f"expected the variable {name}" in done.stderr


def test_any_other_command_runs_as_it_is(variables: dict[str, str]) -> None:
    answer = subprocess.check_output([str(ENTRYPOINT), "printf", "%s", "a  b"], env=variables)

    assert answer == b"a  b"


def test_a_signal_arrives(variables: dict[str, str]) -> None:
    with subprocess.Popen([str(ENTRYPOINT), "sleep", "60"], env=variables) as process:
        _wait_for(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n")
        process.terminate()

        assert process.wait(timeout=10) == -signal.SIGTERM


# The name is an invented one, because a real executor may run on this machine.
GOING = "example.GoingBackend"


def test_an_executor_that_is_to_go_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "java").symlink_to(Path(sys.executable).resolve())
    program = """
import signal, time
signal.signal(signal.SIGPWR, lambda *_: exit(7))
print(flush=True)
time.sleep(60)
"""
    command = [str(tmp_path / "java"), "-c", program, GOING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as executor:
        assert executor.stdout is not None
        executor.stdout.readline()
        with subprocess.Popen([str(DECOMMISSION), GOING]) as told:
            assert executor.wait(timeout=10) == 7
            assert told.wait(timeout=10) == 0


def test_without_an_executor_nothing_is_told() -> None:
    done = subprocess.run([str(DECOMMISSION), GOING], check=False, capture_output=True, text=True)

    assert (done.returncode, "found none" in done.stderr) == (0, True)


def _wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
