"""Failures of Spark and Java in the words of a user."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from py4j.clientserver import ClientServerConnection, JavaParameters, PythonParameters
from py4j.java_gateway import GatewayProperty, PythonProxyPool
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkException

from featurestore.config import load_profile
from featurestore.offline.engine_failures import _telling_line, engine_failure
from featurestore.offline.session import spark_log

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.config import Profile
    from featurestore.errors import EngineFailed


LOST = (
    "most recent failure: Lost task 0.0 in stage 1.0 (TID 1) (host.example executor driver): "
    "java.io.IOException: gone\n\tat a.b.C"
)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    overrides = {"state_directory": str(tmp_path), "spark.driver_memory": "3g"}
    return load_profile("local", overrides=overrides, variables={})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


def failure_of_query(spark: SparkSession, text: str, profile: Profile) -> EngineFailed:
    with pytest.raises((Py4JError, PySparkException)) as caught:
        spark.sql(text).collect()
    failure = engine_failure(caught.value, profile)
    assert failure is not None
    return failure


def test_other_errors_are_not_of_the_engine(profile: Profile) -> None:
    assert engine_failure(ValueError("odd"), profile) is None


@pytest.mark.spark
def test_the_deepest_cause_is_told_in_one_line_with_the_log(spark: SparkSession, profile: Profile) -> None:
    failure = failure_of_query(spark, "SELECT raise_error('the third gate is stuck')", profile)

    assert "the third gate is stuck" in failure.finding
    assert "\n" not in str(failure)
    assert "\tat " not in str(failure)
    assert failure.log == str(spark_log(profile))


@pytest.mark.spark
def test_a_query_that_cannot_be_planned_is_told_too(spark: SparkSession, profile: Profile) -> None:
    assert "no_such_table" in failure_of_query(spark, "SELECT * FROM no_such_table", profile).finding


@pytest.mark.spark
@pytest.mark.parametrize(
    ("thrown", "told"),
    [
        ("Java heap space", "raise the setting spark.driver_memory, now 3g"),
        ("/lake/x: No space left on device", "the disk is full"),
        ("open /lake/x: Permission denied", "permission denied"),
    ],
)
def test_problems_of_the_machine_are_named(
    thrown: str, told: str, spark: SparkSession, profile: Profile
) -> None:
    failure = failure_of_query(spark, f"SELECT raise_error('{thrown}')", profile)

    assert told in failure.finding
    assert thrown in failure.finding


@pytest.mark.spark
def test_a_cause_deeper_in_java_is_found(spark: SparkSession, profile: Profile, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"these are no columns")

    with pytest.raises(Py4JError) as caught:
        spark.read.schema("id INT").parquet(str(tmp_path / "x.parquet")).collect()
    failure = engine_failure(caught.value, profile)

    assert failure is not None
    assert "is not a Parquet file" in failure.finding


@pytest.mark.spark
def test_a_call_that_java_does_not_take_is_told(spark: SparkSession, profile: Profile) -> None:
    with pytest.raises(Py4JError) as caught:
        spark._jvm.java.lang.Math.abs("text")  # type: ignore[union-attr]
    failure = engine_failure(caught.value, profile)

    assert failure is not None
    assert "does not exist" in failure.finding


def test_where_java_has_gone_its_log_tells_why(profile: Profile) -> None:
    log = spark_log(profile)
    log.parent.mkdir(parents=True)
    log.write_text("INFO all is well\nERROR java.lang.OutOfMemoryError: Java heap space\n\tat a.b.C\n")
    failure = engine_failure(Py4JNetworkError("Answer from Java side is empty"), profile)

    assert failure is not None
    assert (
        failure.finding == "Java ended: Java ran out of memory; raise the setting spark.driver_memory, now 3g"
    )


def test_a_connection_lost_inside_py4j_means_that_java_has_gone(profile: Profile) -> None:
    nobody, properties = JavaParameters(port=free_port()), GatewayProperty(True, PythonProxyPool())
    connection = ClientServerConnection(nobody, PythonParameters(), properties, None)
    with pytest.raises(ConnectionRefusedError) as caught:
        connection.connect_to_java_server()
    failure = engine_failure(caught.value, profile)

    assert failure is not None
    assert "Java ended" in failure.finding


def test_another_lost_connection_is_not_of_the_engine(profile: Profile) -> None:
    with pytest.raises(ConnectionRefusedError) as caught, socket.socket() as client:
        client.connect(("127.0.0.1", free_port()))

    assert engine_failure(caught.value, profile) is None


def test_where_spark_was_shut_down_its_log_tells_why_too(profile: Profile) -> None:
    log = spark_log(profile)
    log.parent.mkdir(parents=True)
    log.write_text("ERROR java.lang.OutOfMemoryError: Java heap space\n")
    ended = PySparkException("Job 0 cancelled because SparkContext was shut down")
    failure = engine_failure(ended, profile)

    assert failure is not None
    assert "raise the setting spark.driver_memory" in failure.finding


def test_where_java_has_gone_without_a_word_that_is_said(profile: Profile) -> None:
    failure = engine_failure(Py4JNetworkError("Answer from Java side is empty"), profile)

    assert failure is not None
    assert "ended without saying why" in failure.finding


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n one \n two", "one"),
        (f"Job aborted due to stage failure: Task 0 failed 1 times, {LOST}", "java.io.IOException: gone"),
        ('Traceback (most recent call last):\n  File "x.py", line 1\nValueError: odd\n', "ValueError: odd"),
        ("", ""),
    ],
)
def test_the_line_that_tells(text: str, line: str) -> None:
    assert _telling_line(text) == line
