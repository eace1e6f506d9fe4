"""The images, really built, and what is in them, really run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featurestore import __version__
from featurestore.config.cluster import ImageSettings
from featurestore.config.spark import SPARK_VERSION
from tests.helpers.images import built

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.images import Image

pytestmark = pytest.mark.image

ROOT = Path(__file__).resolve().parents[2]
INSIDE = (Path(__file__).parent / "inside_spark.py").read_text(encoding="utf-8")
HADOOP = ImageSettings().hadoop


@pytest.fixture(scope="module")
def spark_image(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Image]:
    archive: Path | None = request.config.getoption("--spark-image")
    image = built("spark", tmp_path_factory.mktemp("spark-image"), archive and archive.absolute())
    yield image
    image.remove()


@pytest.fixture(scope="module")
def launcher_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    image = built("launcher", tmp_path_factory.mktemp("launcher-image"))
    yield image
    image.remove()


@pytest.fixture(scope="module")
def told(spark_image: Image) -> dict[str, Any]:
    """What a Spark session in the image says of itself."""
    done = spark_image.run("python3", "-", given=INSIDE)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_image_says_what_is_in_it(spark_image: Image) -> None:
    config = spark_image.config()

    assert (config["User"], config["Entrypoint"]) == ("185:185", ["/opt/entrypoint.sh"])
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert config["Labels"]["featurestore.spark.version"] == SPARK_VERSION
    assert config["Labels"]["featurestore.hadoop.version"] == HADOOP


def locked(name: str) -> dict[str, str]:
    """Package -> version of a lock; those of images have no markers, for their Python is one."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    found = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE))
    assert len(found) > 20
    return found


def installed(image: Image, names: list[str]) -> dict[str, str | None]:
    """The version of each package in the image; none where it is not there."""
    program = (
        "import json, sys; from importlib.metadata import distributions\n"
        "there = {one.metadata['Name'].lower().replace('_', '-'): one.version for one in distributions()}\n"
        "print(json.dumps({name: there.get(name) for name in json.load(sys.stdin)}))"
    )
    done = image.run("python3", "-c", program, given=json.dumps(names))
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def test_every_package_of_its_lock_is_in_the_spark_image(spark_image: Image) -> None:
    assert installed(spark_image, list(locked("image"))) == locked("image")


def test_every_package_of_its_lock_is_in_the_launcher(launcher_image: Image) -> None:
    assert installed(launcher_image, list(locked("launcher"))) == locked("launcher")


def test_the_page_of_a_model_can_be_drawn(spark_image: Image) -> None:
    done = spark_image.run(
        "python3", "-c", "from featurestore.steps.report_model import renderer; print(renderer().__name__)"
    )

    assert (done.returncode, done.stdout) == (0, "render\n"), done.stderr


def test_its_user_needs_no_root(spark_image: Image) -> None:
    script = (
        'echo "$(id -u):$(id -g) $(id -un)"; touch "$HOME/a" "$PWD/a" /tmp/a && ! touch /opt/spark/jars/a'
    )

    done = spark_image.run("bash", "-c", script)

    assert (done.returncode, done.stdout) == (0, "185:185 spark\n")
    assert "cannot touch '/opt/spark/jars/a'" in done.stderr


def test_nothing_in_it_gives_privileges(spark_image: Image) -> None:
    script = "find / -xdev -perm /6000 -type f -user root -print 2> /dev/null | sort; command -v sudo pip gcc"

    assert spark_image.run("bash", "-c", script).stdout.splitlines() == []


def test_a_table_is_written_and_read(told: dict[str, Any]) -> None:
    assert told["rows"] == [["a", 2], ["b", 3]]


def test_there_is_one_hadoop_and_it_is_the_stated_one(told: dict[str, Any]) -> None:
    assert (told["spark"], told["hadoop"]) == (SPARK_VERSION, HADOOP)
    assert set(told["hadoop_jars"].values()) == {HADOOP}


@pytest.mark.parametrize("scheme", ["s3a", "gs", "abfss"])
def test_a_store_is_opened(told: dict[str, Any], scheme: str) -> None:
    """As far as it goes without its network: every class that a client is made of is there."""
    assert told["stores"][scheme] == "opened"


def test_each_class_that_profiles_name_is_there(told: dict[str, Any]) -> None:
    assert [name for name, there in told["classes"].items() if not there] == []
    assert len(told["classes"]) > 10


def test_values_come_from_python_and_pandas(told: dict[str, Any]) -> None:
    assert told["from_pandas"] == [3]


def test_a_driver_runs_a_job(spark_image: Image) -> None:
    """The way that a pod goes, up to the job's own refusal of arguments that it was not given."""
    done = spark_image.run(
        *("/opt/entrypoint.sh", "driver", "--master", "local[1]", "--class"),
        *("org.apache.spark.deploy.PythonRunner", "local:///opt/featurestore/sparkjobs/history.py"),
        env={"SPARK_DRIVER_BIND_ADDRESS": "127.0.0.1"},
    )

    answer = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, answer["error"]["exit_code"]) == (2, 2), done.stderr
    assert answer["error"]["type"] == "InvalidRequest"


def test_java_takes_sparks_classes_from_the_archive(spark_image: Image) -> None:
    """Where the class path differs from that of the archive, Java says nothing and reads each from its jar."""
    driver = (
        "/opt/entrypoint.sh driver --master local[1]"
        " --driver-java-options -Xlog:class+load=info:file=/tmp/classes"
        " --class org.apache.spark.deploy.PythonRunner local:///opt/featurestore/sparkjobs/history.py"
    )
    done = spark_image.run(
        *("bash", "-c", f"{driver} > /dev/null; grep ' org.apache.spark.deploy.SparkSubmit ' /tmp/classes"),
        env={"SPARK_DRIVER_BIND_ADDRESS": "127.0.0.1"},
    )

    assert "source: shared objects file (top)" in done.stdout, done.stderr


def test_an_executor_looks_for_its_driver(spark_image: Image) -> None:
    done = spark_image.run(
        "/opt/entrypoint.sh",
        "executor",
        env={
            "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@127.0.0.1:1",
            "SPARK_EXECUTOR_ID": "1",
            "SPARK_EXECUTOR_CORES": "1",
            "SPARK_EXECUTOR_MEMORY": "512m",
            "SPARK_EXECUTOR_POD_IP": "127.0.0.1",
            "SPARK_EXECUTOR_POD_NAME": "pod",
            "SPARK_APPLICATION_ID": "spark-1",
            "SPARK_RESOURCE_PROFILE_ID": "0",
            "SPARK_JAVA_OPT_0": "-Dspark.driver.port=1",
        },
    )

    assert done.returncode != 0
    assert "KubernetesExecutorBackend" in done.stderr
    assert "Connection refused: /127.0.0.1:1" in done.stderr


def test_the_launcher_renders_and_checks_without_java(launcher_image: Image) -> None:
    job = ("compute-features", "--view", "user_activity", "--profile", "kind")
    rendered = launcher_image.run("featurestore", "manifests", "render", *job)
    checked = launcher_image.run("featurestore", "manifests", "check", *job)
    java = launcher_image.run("bash", "-c", "id -u; command -v java pip; python3 -c 'import pyspark'")

    assert rendered.returncode == 0, rendered.stderr
    assert f"image: featurestore-spark:{__version__}" in rendered.stdout
    assert checked.returncode == 0, checked.stderr
    assert java.stdout == "185\n"
    assert "No module named 'pyspark'" in java.stderr


def test_a_pipelines_task_finds_all_that_it_imports_in_the_launcher(launcher_image: Image) -> None:
    """As Kubeflow starts it, up to the profile's broker, which it lacks: no package is missed on the way."""
    program = (
        "import fastavro, kafka, kfp, s3fs, gcsfs, adlfs; from pipelines import components;"
        " components.kafka_streamer.component.python_func(run='r', source='clickstream', lineage=kfp.dsl.Artifact())"
    )
    done = launcher_image.run("python3", "-c", program, env={"FEATURESTORE__STORAGE__ROOT_URI": "/tmp/lake"})

    assert done.returncode == 1
    (told,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert "kafka.bootstrap" in told
