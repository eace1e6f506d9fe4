"""The Spark session of a step: local jars, UTC, and Spark's own log in a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from featurestore.config.clouds import rules_for
from featurestore.config.load import environment_with
from featurestore.errors import InvalidSetting
from featurestore.jars import fetch_jars
from featurestore.java import find_java
from featurestore.progress import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

_LOG_SETTINGS = """
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {log}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}}{{UTC}} %p %c: %m%n%ex
"""

# Spark writes one method for many columns' rules; Java would only ever interpret it, being long.
_JAVA_OPTIONS = "-XX:+UseParallelGC -XX:-DontCompileHugeMethods"


def build_session(profile: Profile, *, application: str = "featurestore") -> SparkSession:
    """The one Spark session of this process, made on the first call.

    The session works in UTC, opens no web interface and listens on loopback only. Everything Java prints goes
    to the file that `spark_log` names. Raises `MissingPart` without Java 17 or a jar, and
    `InvalidSetting` where a session that runs already works in another zone.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        zone = running.conf.get("spark.sql.session.timeZone")
        if zone != "UTC":
            raise InvalidSetting(
                "spark.sql.session.timeZone", received=zone, expected="UTC in the running session"
            )
        return running
    java = find_java()
    jars = fetch_jars("spark", progress=tell)
    log = spark_log(profile)
    log.parent.mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName(application)
    for key, value in _settings(profile, jars=[str(jar) for jar in jars], log=log).items():
        builder = builder.config(key, value)
    # Spark's launcher looks for Java, and for the Python of its workers, in the environment.
    with environment_with(JAVA_HOME=str(java.home), PYSPARK_PYTHON=sys.executable), _output_to(log):
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session


def spark_log(profile: Profile) -> Path:
    """The file that holds Spark's log of this process."""
    return Path(profile.state_directory) / "logs" / f"spark-{os.getpid()}.log"


def _settings(profile: Profile, *, jars: list[str], log: Path) -> dict[str, str]:
    log_settings = log.with_suffix(".properties")
    log_settings.write_text(_LOG_SETTINGS.format(log=log), encoding="utf-8")
    return {
        "spark.master": profile.spark.master,
        "spark.driver.memory": profile.spark.driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": (
            f"-Duser.timezone=UTC -Dlog4j2.configurationFile={log_settings.as_uri()} {_JAVA_OPTIONS}"
        ),
        "spark.executor.extraJavaOptions": f"-Duser.timezone=UTC {_JAVA_OPTIONS}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.jars": ",".join(jars),
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
        "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(profile.spark.shuffle_partitions),
        "spark.default.parallelism": str(profile.spark.shuffle_partitions),
        # Rows that lie together by a part of the columns they are joined by need not be moved again.
        "spark.sql.requireAllClusterKeysForCoPartition": "false",
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.warehouse.dir": str(Path(profile.state_directory) / "warehouse"),
        "spark.cleaner.referenceTracking.cleanCheckpoints": "true",
        **dict(rules_for(profile.storage.root_uri).spark_settings),
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
