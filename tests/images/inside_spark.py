"""Runs inside the image, by its Python: one JSON object says what a session there can do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from featurestore.config import load_profile
from featurestore.config.clouds import IDENTITIES, RULES
from featurestore.config.spark import session_settings

TABLE = "/tmp/table"
# What a client asks for before it is made; nothing of it is a secret, and nothing answers at these addresses.
STORES = {
    "s3a": (
        "s3a://lake/",
        {
            "fs.s3a.endpoint": "http://127.0.0.1:1",
            "fs.s3a.endpoint.region": "us-east-1",
            "fs.s3a.path.style.access": "true",
            "fs.s3a.access.key": "invented",
            "fs.s3a.secret.key": "invented",
        },
    ),
    # Without these it would ask the machine that it runs on who it is.
    "gs": (
        "gs://lake/",
        {
            "fs.gs.auth.service.account.enable": "false",
            "fs.gs.auth.null.enable": "true",
            "fs.gs.project.id": "invented",
        },
    ),
    "abfss": (
        "abfss://lake@account.dfs.core.windows.net/",
        {
            "fs.azure.account.hns.enabled": "true",
            "fs.azure.account.key.account.dfs.core.windows.net": "aW52ZW50ZWQ=",
        },
    ),
}


def opened(spark: Any, uri: str, settings: dict[str, str]) -> str:
    """`opened`, or what Java says instead."""
    java = spark._jvm
    conf = java.org.apache.hadoop.conf.Configuration(spark._jsc.hadoopConfiguration())
    for name, value in settings.items():
        conf.set(name, value)
    try:
        java.org.apache.hadoop.fs.FileSystem.newInstance(java.java.net.URI(uri), conf).close()
    except Exception as error:  # noqa: BLE001 - the test shows it
        return str(error)
    return "opened"


def named_classes() -> set[str]:
    """Every class that a row of the table of clouds may put into a session's settings."""
    settings = [row.settings for row in RULES.values()] + [row.settings for row in IDENTITIES.values()]
    texts = [text for one in settings for text in one.values()]
    return {text for text in texts if re.fullmatch(r"(org|com|software)(\.\w+)+", text)}


def is_there(spark: Any, name: str) -> bool:
    try:
        spark._jvm.org.apache.spark.util.Utils.classForName(name, True, True)
    except Exception:  # noqa: BLE001 - absent or broken are the same here
        return False
    return True


def rows_of_a_table(spark: Any) -> list[list[Any]]:
    """A key that is written twice is there once, with its later value."""
    options = {
        "hoodie.table.name": "table",
        "hoodie.datasource.write.recordkey.field": "name",
        "hoodie.datasource.write.precombine.field": "n",
    }
    for rows in ([("a", 1), ("b", 3)], [("a", 2)]):
        frame = spark.createDataFrame(rows, "name string, n long")
        frame.write.format("hudi").options(**options).mode("append").save(TABLE)
    found = spark.read.format("hudi").load(TABLE).select("name", "n").orderBy("name")
    return [list(row) for row in found.collect()]


def session() -> Any:
    builder: Any = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    for name, value in session_settings(load_profile("local")).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main() -> None:
    spark = session()
    jars = [path.name for path in Path("/opt/spark/jars").glob("hadoop-*.jar") if "shaded" not in path.name]
    plus_one = F.udf(lambda n: n + 1, "long")
    pandas_frame = spark.createDataFrame(pd.DataFrame({"n": [2]})).select(plus_one("n").alias("n")).toPandas()
    told = {
        "spark": spark.version,
        "hadoop": spark._jvm.org.apache.hadoop.util.VersionInfo.getVersion(),
        "hadoop_jars": {name: re.sub(r".*-(\d[\d.]*\d)\.jar", r"\1", name) for name in jars},
        "classes": {name: is_there(spark, name) for name in sorted(named_classes())},
        "stores": {scheme: opened(spark, *given) for scheme, given in STORES.items()},
        "rows": rows_of_a_table(spark),
        "from_pandas": [int(n) for n in pandas_frame["n"]],
    }
    spark.stop()
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()
