"""What images are made of, without making them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from featurestore.config.cluster import ImageSettings
from featurestore.config.spark import SPARK_VERSION
from featurestore.ivy import resolver_jar
from featurestore.jars import Jar, locked_jars

IMAGES = Path(__file__).resolve().parents[2] / "images"
SPARK_LOCK = {section: locked_jars(section) for section in ("hadoop", "aws", "gcp")}
FURTHER = [jar for section in SPARK_LOCK.values() for jar in section]
ALL = [*FURTHER, *locked_jars("spark")]
DOCKERFILES = sorted(IMAGES.glob("*/Dockerfile"))
SCRIPTS = sorted(IMAGES.rglob("*.sh"))
BESIDE_HADOOP = "org.apache.hadoop.thirdparty"
"""Libraries under names of Hadoop's own, with releases of their own."""


def of_group(group: str) -> list[Jar]:
    return [jar for jar in ALL if jar.group == group]


def test_there_is_something_to_look_at() -> None:
    assert [path.parent.name for path in DOCKERFILES] == ["launcher", "spark"]
    assert {path.name for path in SCRIPTS} == {"build.sh", "decom.sh", "entrypoint.sh"}


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_nothing_that_moves_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert ":latest" not in text
    assert re.findall(r"https?://|ftp://|\bcurl\b|\bwget\b|^ADD\b", text, re.MULTILINE) == []
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${BASE}", "${BASE}"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_packages_of_python_are_held_against_their_hashes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    installing = [line for line in text.splitlines() if "$install " in line]

    assert "--no-index" in text
    assert all("--require-hashes" in line or "featurestore-*.whl" in line for line in installing)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_the_last_user_is_nobody_special(path: Path) -> None:
    users = re.findall(r"^USER (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert users == ["185:185"]


def test_hadoop_has_the_one_version_that_profiles_state() -> None:
    hadoop = of_group("org.apache.hadoop")

    assert {jar.artifact for jar in hadoop} >= {"hadoop-aws", "hadoop-azure", "hadoop-client-api"}
    assert {jar.version for jar in hadoop} == {ImageSettings().hadoop}
    others = [jar for jar in ALL if jar.artifact.startswith("hadoop-") and jar not in hadoop]
    assert {jar.group for jar in others} == {BESIDE_HADOOP}


def test_spark_has_the_version_that_sessions_expect() -> None:
    assert {jar.version for jar in of_group("org.apache.spark")} == {SPARK_VERSION}
    assert ImageSettings().spark == SPARK_VERSION


def test_all_scala_is_of_one_version() -> None:
    suffixes = [re.fullmatch(r".+_(\d+\.\d+)", jar.artifact) for jar in ALL]

    assert {match.group(1) for match in suffixes if match} == {"2.12"}


def test_modules_of_the_cloud_library_have_one_version() -> None:
    assert len({jar.version for jar in of_group("software.amazon.awssdk")}) == 1


def test_no_jar_is_there_twice() -> None:
    """Neither in the two locks nor beside one that PySpark brings, but for those that the Dockerfile removes."""
    artifacts = [jar.artifact for jar in ALL]
    bundled = {path.name for path in resolver_jar().parent.glob("*.jar")}
    removed = set(re.findall(r"\S+\.jar\b", (IMAGES / "spark" / "Dockerfile").read_text(encoding="utf-8")))
    kept = {re.sub(r"-\d.*", "", name) for name in bundled - removed}

    assert sorted(set(artifacts)) == sorted(artifacts)
    assert removed <= bundled
    assert kept & set(artifacts) == {"annotations"}, "of two groups, and nothing else"


def test_a_lock_is_in_order() -> None:
    for jars in SPARK_LOCK.values():
        assert list(jars) == sorted(jars, key=lambda jar: jar.coordinates)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    subprocess.run([str(shutil.which("bash")), "-n", str(path)], check=True)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    assert re.findall(r"\beval\b|`", re.sub(r"^\s*#.*", "", text, flags=re.MULTILINE)) == []
    assert path.stat().st_mode & 0o111 == 0o111


@pytest.mark.parametrize("arguments", [[], ["flink"]])
def test_an_unknown_image_is_answered_with_the_known_ones(arguments: list[str]) -> None:
    done = subprocess.run([str(IMAGES / "build.sh"), *arguments], check=False, capture_output=True, text=True)

    assert (done.returncode, "expected spark or launcher" in done.stderr) == (2, True)


def test_a_machine_without_a_builder_is_told_what_it_lacks(tmp_path: Path) -> None:
    for name in ("bash", "dirname", "id"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        [str(IMAGES / "build.sh"), "spark"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path)},
    )

    assert done.returncode == 2
    assert "buildah debootstrap" in done.stderr
    assert "Start Docker, or install" in done.stderr
