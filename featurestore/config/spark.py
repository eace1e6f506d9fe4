"""What every Spark session of this project has set, on a laptop as in a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config.storage import spark_settings

if TYPE_CHECKING:
    from featurestore.config.profile import Profile

SPARK_VERSION = "3.5.7"

# Spark writes one method for many columns' rules; Java would only ever interpret it, being long.
JAVA_OPTIONS = "-Duser.timezone=UTC -XX:+UseParallelGC -XX:-DontCompileHugeMethods"

_CALENDARS = (
    "datetimeRebaseModeInRead",
    "datetimeRebaseModeInWrite",
    "int96RebaseModeInRead",
    "int96RebaseModeInWrite",
)


def session_settings(profile: Profile) -> dict[str, str]:
    """UTC, Hudi's parts, and what the profile's lake needs."""
    partitions = str(profile.spark.shuffle_partitions)
    return {
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
        "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": partitions,
        "spark.default.parallelism": partitions,
        # Rows that lie together by a part of the columns they are joined by need not be moved again.
        "spark.sql.requireAllClusterKeysForCoPartition": "false",
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Times before 1900 mean what they say: files come from today's writers, in today's calendar.
        **{f"spark.sql.parquet.{name}": "CORRECTED" for name in _CALENDARS},
        "spark.cleaner.referenceTracking.cleanCheckpoints": "true",
        **spark_settings(profile),
    }
