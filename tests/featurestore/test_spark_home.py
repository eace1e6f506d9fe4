"""The Spark that a session on a storage runs on."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.config.cluster import ImageSettings
from featurestore.spark_home import REPLACED, java_names, pyspark_folder, spark_home

if TYPE_CHECKING:
    from pathlib import Path

HADOOP = ImageSettings().hadoop
LAKES = ["s3a://lake/lake", "gs://lake/lake", "abfss://lake@account.dfs.core.windows.net/lake"]


def test_a_folder_is_worked_on_with_pysparks_own() -> None:
    assert spark_home("/lake") == spark_home("file:///lake") == pyspark_folder()


def test_what_is_replaced_is_what_pyspark_brings() -> None:
    """Else another PySpark would leave two Hadoops side by side."""
    there = {jar.name for jar in (pyspark_folder() / "jars").iterdir()}

    assert set(REPLACED) <= there
    assert {name for name in there if name.startswith("hadoop-") or "yarn" in name} == set(REPLACED)


@pytest.mark.spark
@pytest.mark.parametrize("lake", LAKES)
def test_a_store_is_worked_on_with_one_hadoop_that_reaches_it(lake: str) -> None:
    home = spark_home(lake)

    jars = {jar.name for jar in (home / "jars").iterdir()}
    assert not jars & set(REPLACED)
    assert {f"hadoop-client-api-{HADOOP}.jar", f"hadoop-client-runtime-{HADOOP}.jar"} <= jars
    assert any(name.startswith("spark-sql_") for name in jars)
    assert all(jar.is_file() for jar in (home / "jars").iterdir())
    assert (home / "bin" / "spark-submit").is_file()
    assert spark_home(lake) == home


@pytest.mark.spark
def test_each_store_has_its_own_jars_and_no_others() -> None:
    aws, google, azure = ({jar.name for jar in (spark_home(lake) / "jars").iterdir()} for lake in LAKES)

    assert any(name.startswith("s3-") for name in aws)
    assert not any(name.startswith("s3-") for name in google | azure)
    assert any(name.startswith("gcs-connector") for name in google)


@pytest.mark.spark
def test_of_many_who_make_it_at_once_each_gets_the_same_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = spark_home(LAKES[0])
    monkeypatch.setattr("featurestore.spark_home.cache_folder", lambda: tmp_path / "jars")
    with ThreadPoolExecutor(4) as pool:
        homes = set(pool.map(lambda _: spark_home(LAKES[0]), range(8)))

    (home,) = homes
    assert home.parent == tmp_path / "spark"
    assert [one.name for one in (tmp_path / "spark").iterdir()] == [home.name]
    assert len(list((home / "jars").iterdir())) == len(list((cached / "jars").iterdir()))


def test_java_asks_a_file_for_the_names_of_an_emulated_account(tmp_path: Path) -> None:
    folder = tmp_path / "with a blank"
    profile = load_profile("azurite", overrides={"state_directory": str(folder)}, variables={})

    assert java_names(profile) == f'"-Djdk.net.hosts.file={folder}/hosts"'
    lines = (folder / "hosts").read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in lines} == {"127.0.0.1"}
    names = {line.split()[1] for line in lines}
    assert {"localhost", socket.gethostname(), "devstoreaccount1.blob.core.windows.net"} <= names


def test_elsewhere_java_is_told_nothing_of_names(tmp_path: Path) -> None:
    profile = load_profile("minio", overrides={"state_directory": str(tmp_path)}, variables={})

    assert java_names(profile) == ""
    assert list(tmp_path.iterdir()) == []
