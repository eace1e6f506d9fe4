"""Files: whole or absent, and one winner among many writers."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]
import pytest

from featurestore.files import (
    absolute_uri,
    delete_tree,
    exists,
    find_files,
    join_uri,
    list_names,
    numbers_in,
    open_binary,
    read_text,
    use_options,
    write_new_bytes,
    write_new_text,
    write_numbered,
    write_text,
)

if TYPE_CHECKING:
    from pathlib import Path


STORES = ("plain path", "file URI", "another store")


@pytest.fixture(params=STORES)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty folder, as each kind of URI."""
    return {
        "plain path": str(tmp_path),
        "file URI": f"file://{tmp_path}",
        "another store": f"memory://{uuid.uuid4().hex}",
    }[request.param]


def test_what_was_written_is_read(root: str) -> None:
    uri = join_uri(root, "deep", "folder", "note.txt")

    write_text(uri, "früh\r\nspät")

    assert read_text(uri) == "früh\r\nspät"
    assert exists(uri)
    assert exists(join_uri(root, "deep"))


def test_bytes_are_written_once(root: str) -> None:
    uri = join_uri(root, "deep", "raw")

    assert write_new_bytes(uri, b"\x00\xff")
    assert not write_new_bytes(uri, b"other")

    with open_binary(uri) as file:
        assert file.read() == b"\x00\xff"


def test_a_write_replaces(root: str) -> None:
    uri = join_uri(root, "note.txt")
    write_text(uri, "first, and longer")

    write_text(uri, "second")

    assert read_text(uri) == "second"


def test_a_new_file_never_replaces(root: str) -> None:
    uri = join_uri(root, "folder", "note.txt")

    assert write_new_text(uri, "first")
    assert not write_new_text(uri, "second")
    assert read_text(uri) == "first"


def test_one_of_many_writers_makes_the_file(tmp_path: Path) -> None:
    uri = str(tmp_path / "note.txt")

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda number: write_new_text(uri, f"writer {number}"), range(64)))

    assert made.count(True) == 1
    assert read_text(uri) == f"writer {made.index(True)}"
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


def test_names_are_those_directly_below_sorted(root: str) -> None:
    for path in ("b/one.txt", "b/two.txt", "a.txt", "c/d/e.txt", ".unfinished"):
        write_text(join_uri(root, path), "")

    assert list_names(root) == ["a.txt", "b", "c"]
    assert list_names(join_uri(root, "b")) == ["one.txt", "two.txt"]


def test_a_folder_that_is_not_there_has_no_names(root: str) -> None:
    assert list_names(join_uri(root, "nowhere")) == []
    assert not exists(join_uri(root, "nowhere"))


def test_a_deleted_tree_is_gone_and_its_neighbour_is_not(root: str) -> None:
    write_text(join_uri(root, "gone", "deep", "a.txt"), "")
    write_text(join_uri(root, "kept", "a.txt"), "")

    delete_tree(join_uri(root, "gone"))
    delete_tree(join_uri(root, "never there"))

    assert list_names(root) == ["kept"]


def test_a_file_that_is_not_there_cannot_be_read(root: str) -> None:
    with pytest.raises(FileNotFoundError):
        read_text(join_uri(root, "nowhere.txt"))


@pytest.mark.parametrize(
    ("root", "parts", "joined"),
    [
        ("/lake", ("a", "b"), "/lake/a/b"),
        ("/lake/", ("a/", "/b"), "/lake/a/b"),
        ("file:///lake/", ("a",), "file:///lake/a"),
        ("memory://lake", ("a", "b.json"), "memory://lake/a/b.json"),
        ("/", ("a",), "/a"),
    ],
)
def test_parts_are_joined_by_one_slash(root: str, parts: tuple[str, ...], joined: str) -> None:
    assert join_uri(root, *parts) == joined


def test_an_absolute_uri_names_its_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert absolute_uri("lake") == f"file://{tmp_path}/lake"
    assert absolute_uri("file:/lake/a") == "file:///lake/a"
    assert absolute_uri("memory://lake") == "memory://lake"


def names_found(root: str, pattern: str) -> list[str]:
    """What a pattern below `root` finds, as paths from there."""
    found = find_files(join_uri(root, pattern) if pattern else root)
    start = f"{absolute_uri(root)}/"
    assert all(uri.replace("memory:///", "memory://").startswith(start) for uri in found)
    return [uri.replace("memory:///", "memory://").removeprefix(start) for uri in found]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["a.csv", "b c.csv", "b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("[b-z].csv", ["b.csv"]),
        ("*/*.csv", ["deep/d.csv"]),
        ("**/*.csv", ["a.csv", "b c.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]),
        ("deep", ["deep/d.csv", "deep/er/e.csv"]),
        ("deep/", ["deep/d.csv", "deep/er/e.csv"]),
        ("", ["a.csv", "b c.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]),
        ("a.csv", ["a.csv"]),
        ("b c.csv", ["b c.csv"]),
        ("*.json", []),
        ("nowhere", []),
        ("_hidden.csv", ["_hidden.csv"]),
        ("_temporary/f.csv", ["_temporary/f.csv"]),
        ("*/.marks/done", ["deep/.marks/done"]),
    ],
)
def test_a_pattern_finds_files(root: str, pattern: str, found: list[str]) -> None:
    visible = ("a.csv", "b.csv", "b c.csv", "deep/d.csv", "deep/er/e.csv")
    hidden = ("_hidden.csv", ".hidden.csv", "_temporary/f.csv", ".git/g.csv", "deep/.marks/done")
    for name in (*visible, *hidden):
        write_text(join_uri(root, name), name)

    assert names_found(root, pattern) == found


def test_a_file_whose_name_is_a_pattern_is_found_by_its_name(root: str) -> None:
    write_text(join_uri(root, "a[1].csv"), "")
    write_text(join_uri(root, "a1.csv"), "")

    assert names_found(root, "a[1].csv") == ["a[1].csv"]


def test_what_is_found_has_the_scheme_of_the_pattern(tmp_path: Path) -> None:
    write_text(str(tmp_path / "a.csv"), "früh")

    # This machine's store, too, has two schemes.
    for scheme in ("file", "local"):
        (found,) = find_files(f"{scheme}://{tmp_path}/*.csv")
        assert found == f"{scheme}://{tmp_path}/a.csv"
        with open_binary(found) as file:
            assert file.read() == "früh".encode()


def test_options_hold_for_all_schemes_of_a_store_until_others_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsspec.config.conf", {})
    for port in (1, 2):
        address = f"http://127.0.0.1:{port}"
        use_options("s3a://lake", {"endpoint_url": address})

        for uri in ("s3://lake/a", "s3a://lake/a"):
            assert fsspec.core.url_to_fs(uri)[0].endpoint_url == address


def test_a_path_and_no_options_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    conf: dict[str, object] = {}
    monkeypatch.setattr("fsspec.config.conf", conf)

    use_options("/lake", {})
    use_options("s3a://lake", {})

    assert conf == {}


def test_a_folder_below_hidden_ones_may_be_named(tmp_path: Path) -> None:
    write_text(str(tmp_path / ".state" / "lake" / "a.csv"), "")

    assert find_files(str(tmp_path / ".state" / "lake")) == [f"file://{tmp_path}/.state/lake/a.csv"]


def test_a_relative_pattern_begins_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_text("a.csv", "")

    assert find_files("*.csv") == [f"file://{tmp_path}/a.csv"]


def test_what_is_found_can_be_opened(root: str) -> None:
    write_text(join_uri(root, "früh 1%20.csv"), "früh")

    (found,) = find_files(root)
    with open_binary(found) as file:
        assert file.read(2) == b"fr"
        file.seek(0)
        assert file.read() == "früh".encode()


def test_a_file_that_is_not_there_cannot_be_opened(root: str) -> None:
    with pytest.raises(FileNotFoundError), open_binary(join_uri(root, "nowhere")):
        pass


def test_numbered_files_are_found_in_the_order_of_numbers_and_made_once(root: str) -> None:
    folder = join_uri(root, "numbers")

    assert [write_numbered(folder, number, str(number)) for number in (10, 9, 1, 9)] == [
        True,
        True,
        True,
        False,
    ]
    write_text(join_uri(folder, "01.json"), "")
    write_text(join_uri(folder, "latest.json"), "")

    assert numbers_in(folder) == [1, 9, 10]
    assert read_text(join_uri(folder, "9.json")) == "9"
