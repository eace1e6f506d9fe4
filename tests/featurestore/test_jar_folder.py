"""Jars in a folder, from this machine's cache."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import InvalidSetting
from featurestore.jar_folder import fill, main
from featurestore.jars import Jar, cached_path, locked_jars

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"the bytes of a jar"
JAR = Jar(
    group="org.example",
    artifact="small",
    version="1",
    classifier="shaded",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that holds one jar, and a lock that names it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cached_path(JAR).parent.mkdir(parents=True)
    cached_path(JAR).write_bytes(CONTENT)
    lock = tmp_path / "other.lock"
    lock.write_text(f"[one]\n{JAR.coordinates} {JAR.sha256}\n")
    return lock


def test_a_whole_lock_is_copied(cached: Path, tmp_path: Path) -> None:
    assert main([str(tmp_path / "jars"), "--lock", str(cached)]) == 0

    assert {path.name: path.read_bytes() for path in (tmp_path / "jars").iterdir()} == {
        "small-1-shaded.jar": CONTENT
    }


def test_a_section_of_the_package_is_copied(tmp_path: Path) -> None:
    assert main([str(tmp_path), "--section", "spark"]) == 0

    assert {path.name for path in tmp_path.iterdir()} == {jar.file_name for jar in locked_jars("spark")}


def test_two_versions_of_one_jar_are_refused(tmp_path: Path) -> None:
    other = Jar(group="org.example", artifact="small", version="2", sha256=JAR.sha256)

    with pytest.raises(InvalidSetting, match=r"org\.example:small:1:shaded and org\.example:small:2"):
        fill(tmp_path, [JAR, other], print)


def test_an_unknown_section_ends_with_a_line_and_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--section", "flink"]) == 2

    assert "section of jars.lock" in capsys.readouterr().err


def test_a_lock_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "jars"), "--lock", str(tmp_path / "absent.lock")]) == 1

    assert "absent.lock" in capsys.readouterr().err
