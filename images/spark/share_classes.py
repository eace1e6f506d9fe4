"""Runs while the image is built: Java sees the classes of a session, a table, a store and a cluster."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from featurestore.config import load_profile
from featurestore.config.spark import session_settings

TABLE = "/tmp/share-classes/table"
OPTIONS = {
    "hoodie.table.name": "table",
    "hoodie.datasource.write.recordkey.field": "name",
    "hoodie.datasource.write.precombine.field": "n",
}
# Nothing answers at this address, and nothing of this is a secret: the client is made and not used.
STORE = {
    "fs.s3a.endpoint": "http://127.0.0.1:1",
    "fs.s3a.endpoint.region": "us-east-1",
    "fs.s3a.access.key": "invented",
    "fs.s3a.secret.key": "invented",
}


def write_and_read(spark: Any) -> None:
    """Two commits of a table, then a join and a window over it."""
    for rows in ([("a", 1), ("b", 3)], [("a", 2)]):
        frame = spark.createDataFrame(rows, "name string, n long")
        frame.write.format("hudi").options(**OPTIONS).mode("append").save(TABLE)
    found = spark.read.format("hudi").load(TABLE).select("name", "n")
    found.join(found.groupBy("name").agg(F.max("n")), "name").orderBy("name").collect()
    found.write.mode("overwrite").parquet(f"{TABLE}-copy")
    spark.read.parquet(f"{TABLE}-copy").count()


def open_store(spark: Any) -> None:
    """The client of an object store, as most lakes have one."""
    java = spark._jvm
    conf = java.org.apache.hadoop.conf.Configuration(spark._jsc.hadoopConfiguration())
    for name, value in STORE.items():
        conf.set(name, value)
    java.org.apache.hadoop.fs.FileSystem.newInstance(java.java.net.URI("s3a://lake/"), conf).close()


def know_cluster(spark: Any) -> None:
    """What a driver and its executors talk to Kubernetes and to each other with."""
    java = spark._jvm
    java.io.fabric8.kubernetes.client.KubernetesClientBuilder().build().close()
    for name in (
        "org.apache.spark.scheduler.cluster.k8s.KubernetesClusterManager",
        "org.apache.spark.scheduler.cluster.k8s.KubernetesClusterSchedulerBackend",
        "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
        "org.apache.spark.executor.CoarseGrainedExecutorBackend",
    ):
        java.java.lang.Class.forName(name)


if __name__ == "__main__":
    builder = SparkSession.builder
    for name, value in session_settings(load_profile("local")).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    write_and_read(session)
    open_store(session)
    know_cluster(session)
    session.stop()
