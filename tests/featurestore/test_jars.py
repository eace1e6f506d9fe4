"""Fetching pinned jars, from a registry that is a folder, by the real resolver."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import InvalidRequest, InvalidSetting, MissingPart
from featurestore.jars import (
    Jar,
    cache_folder,
    cached_path,
    fetch,
    fetch_jars,
    jar_paths,
    locked_jars,
    read_lock,
)

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"the bytes of a jar"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
SMALL = Jar(group="org.example", artifact="small_2.12", version="1.0-rc1", sha256=DIGEST)

SHADED = Jar(
    group="org.example", artifact="small_2.12", version="1.0-rc1", classifier="shaded", sha256=DIGEST
)

SETTINGS = """
<ivysettings>
  <settings defaultResolver="folder"/>
  <resolvers>
    <filesystem name="folder" m2compatible="true">
      <artifact pattern="{folder}/[organisation]/[module]/[revision]/[artifact]-[revision](-[classifier]).[ext]"/>
    </filesystem>
  </resolvers>
</ivysettings>
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the resolver takes for its registry, holding one jar; the cache is empty."""
    folder = tmp_path / "registry"
    published = folder / "org" / "example" / "small_2.12" / "1.0-rc1" / "small_2.12-1.0-rc1.jar"
    published.parent.mkdir(parents=True)
    published.write_bytes(CONTENT)
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(SETTINGS.format(folder=folder))
    monkeypatch.setenv("FEATURESTORE_IVY_SETTINGS", str(settings))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return published


def no_lines(line: str) -> None:
    raise AssertionError(line)


def test_a_jar_is_fetched_once(registry: Path) -> None:
    lines: list[str] = []

    (path,) = fetch((SMALL,), lines.append)
    registry.unlink()
    again = fetch((SMALL,), no_lines)

    assert path.read_bytes() == CONTENT
    assert again == (path,)
    assert any("org.example:small_2.12:1.0-rc1" in line for line in lines)


def test_a_jar_with_a_classifier_is_another_one(registry: Path) -> None:
    registry.with_name("small_2.12-1.0-rc1-shaded.jar").write_bytes(CONTENT)
    registry.write_bytes(b"something else")

    (path,) = fetch((SHADED,), print)

    assert path.read_bytes() == CONTENT
    assert path.name == "small_2.12-1.0-rc1-shaded.jar"


def test_nothing_but_jars_and_the_log_stays(registry: Path) -> None:
    fetch((SMALL,), print)

    assert sorted(entry.name for entry in cache_folder().iterdir()) == sorted([DIGEST, "resolver.log"])


def test_a_tampered_jar_is_fetched_again(registry: Path) -> None:
    (path,) = fetch((SMALL,), print)
    path.write_bytes(b"something else")

    fetch((SMALL,), print)

    assert path.read_bytes() == CONTENT


def test_a_download_that_is_not_the_locked_file_is_refused(registry: Path) -> None:
    registry.write_bytes(b"something else")

    with pytest.raises(MissingPart, match=DIGEST):
        fetch((SMALL,), print)

    assert not cached_path(SMALL).exists()


def test_a_jar_nobody_publishes_is_named_with_the_log(registry: Path) -> None:
    registry.unlink()

    with pytest.raises(MissingPart, match=r"small_2\.12.* 3 times.*resolver\.log"):
        fetch((SMALL,), print)


def test_two_fetches_at_once_agree(registry: Path) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        first, second = pool.map(lambda _: fetch((SMALL,), print), range(2))

    assert first == second == (cached_path(SMALL),)
    assert cached_path(SMALL).read_bytes() == CONTENT


def test_the_filled_cache_of_this_machine_needs_no_resolver() -> None:
    assert fetch_jars("spark", no_lines) == jar_paths("spark")


def test_only_looking_names_the_command_that_fetches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(MissingPart, match="featurestore dev jars"):
        jar_paths("broker")


def test_without_a_cache_variable_the_home_folder_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert cache_folder() == tmp_path / ".cache" / "featurestore" / "jars"


@pytest.mark.parametrize(("section", "jars"), [("spark", 5), ("broker", 46)])
def test_each_section_of_the_lock_is_complete(section: str, jars: int) -> None:
    assert len(locked_jars(section)) == jars


def test_an_unknown_section_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="aws, broker, gcp, hadoop, spark"):
        locked_jars("flink")


def test_a_lock_is_read_in_its_order() -> None:
    lock = f"# a comment\n\n[one]\na.b:c-d_2.12:1.0 {'0' * 64}\nb:c:2:x {'1' * 64}\n[two]\n"

    sections = read_lock(lock)

    assert [jar.coordinates for jar in sections["one"]] == ["a.b:c-d_2.12:1.0", "b:c:2:x"]
    assert [jar.file_name for jar in sections["one"]] == ["c-d_2.12-1.0.jar", "c-2-x.jar"]
    assert sections["two"] == ()


@pytest.mark.parametrize(
    "line",
    [
        "a:b:1",
        f"a:b {'0' * 64}",
        f"a:b:1 {'0' * 63}",
        f"a:b:1 {'G' * 64}",
        f"a:b:../../c {'0' * 64}",
        f"a:b:1:x:y {'0' * 64}",
        "[Spark",
    ],
)
def test_a_broken_line_of_a_lock_is_named(line: str) -> None:
    with pytest.raises(InvalidSetting, match="line 2"):
        read_lock(f"[spark]\n{line}\n")


def test_a_jar_before_any_section_is_an_error() -> None:
    with pytest.raises(InvalidSetting, match="line 1"):
        read_lock(f"a:b:1 {'0' * 64}")
