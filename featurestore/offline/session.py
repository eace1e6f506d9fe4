"""The Spark session of a step: local jars, UTC, and Spark's own log in a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from featurestore.config.load import environment, environment_with, prepare_environment
from featurestore.config.spark import JAVA_OPTIONS, session_settings
from featurestore.config.storage import check_identity_here
from featurestore.errors import InvalidSetting
from featurestore.jars import fetch_jars
from featurestore.java import find_java
from featurestore.progress import tell
from featurestore.spark_home import LOOPBACK, java_names, spark_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

CHECKPOINTS = "_checkpoints"
"""The folder of the lake where sessions on a cluster keep rows between passes, each in a folder of its own."""
GATEWAY_VARIABLE = "PYSPARK_GATEWAY_PORT"
"""Set by `spark-submit` in the Python process that it starts."""

_LOG_SETTINGS = """
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {log}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}}{{UTC}} %p %c: %m%n%ex
"""


def build_session(profile: Profile, *, application: str = "featurestore") -> SparkSession:
    """The one Spark session of this process, made on the first call.

    The session works in UTC, opens no web interface and listens on loopback only. Everything Java prints goes
    to the file that `spark_log` names. Where `spark-submit` started this process, all that it was given stands:
    master, sizes, network and log. Raises `MissingPart` without Java 17 or a jar, and `InvalidSetting` for an
    identity that pods alone have, or where a session that runs already works in another zone.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        zone = running.conf.get("spark.sql.session.timeZone")
        if zone != "UTC":
            raise InvalidSetting(
                "spark.sql.session.timeZone", received=zone, expected="UTC in the running session"
            )
        return running
    if GATEWAY_VARIABLE in environment():
        return _submitted(profile)
    check_identity_here(profile)
    prepare_environment(profile)
    java = find_java()
    home = spark_home(profile.storage.root_uri, progress=tell)
    jars = fetch_jars("spark", progress=tell)
    log = spark_log(profile)
    log.parent.mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName(application)
    for key, value in _settings(profile, jars=[str(jar) for jar in jars], log=log).items():
        builder = builder.config(key, value)
    # Spark's launcher looks for Java, for itself, and for the Python of its workers, in the environment.
    variables = {"JAVA_HOME": str(java.home), "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable}
    with environment_with(**variables), _output_to(log):
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session


def spark_log(profile: Profile) -> Path:
    """The file that holds Spark's log of this process."""
    return Path(profile.state_directory) / "logs" / f"spark-{os.getpid()}.log"


def _submitted(profile: Profile) -> SparkSession:
    """The session of a driver: what it was given, and for the rest what every session has."""
    SparkContext._ensure_initialized()  # noqa: SLF001 - without it a SparkConf does not know what was given
    conf = SparkConf()
    for key, value in session_settings(profile).items():
        conf.setIfMissing(key, value)
    if conf.get("spark.eventLog.enabled", "false") == "true":
        _make_folder(conf, str(conf.get("spark.eventLog.dir")))
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    if not str(conf.get("spark.master")).startswith("local"):
        # What is kept between passes outlives the executor that made it.
        session.sparkContext.setCheckpointDir(f"{profile.storage.root_uri}/{CHECKPOINTS}")
    session.sparkContext.setLogLevel("WARN")
    return session


def _make_folder(conf: SparkConf, uri: str) -> None:
    """Spark ends a driver whose event log has no folder yet; each store's own client makes one."""
    jvm: Any = SparkContext._jvm  # noqa: SLF001 - pyspark has no public door to Hadoop's classes
    hadoop = jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(conf._jconf)  # noqa: SLF001
    path = jvm.org.apache.hadoop.fs.Path(uri)
    path.getFileSystem(hadoop).mkdirs(path)


def _settings(profile: Profile, *, jars: list[str], log: Path) -> dict[str, str]:
    log_settings = log.with_suffix(".properties")
    log_settings.write_text(_LOG_SETTINGS.format(log=log), encoding="utf-8")
    return {
        "spark.master": profile.spark.master,
        "spark.driver.memory": profile.spark.driver_memory,
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.extraJavaOptions": (
            f"-Dlog4j2.configurationFile={log_settings.as_uri()} {JAVA_OPTIONS} {java_names(profile)}"
        ),
        "spark.executor.extraJavaOptions": JAVA_OPTIONS,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.jars": ",".join(jars),
        "spark.sql.warehouse.dir": str(Path(profile.state_directory) / "warehouse"),
        **session_settings(profile),
    }


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Gives the child process that starts now the log as its standard output and error.

    Java inherits the file descriptors of this process; a report on standard output must not be mixed with it.
    """
    kept = [os.dup(1), os.dup(2)]
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.dup2(target, 1)
        os.dup2(target, 2)
        yield
    finally:
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)
        os.close(target)
