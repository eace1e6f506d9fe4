"""Lists of files that a run was fixed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest, SourceNotFound
from featurestore.offline.input_files import find_input
from featurestore.steps.pinned_files import are_files, pin_files, pinned_files
from tests.helpers.events import clicks, event, write_lines

SOURCE = clicks()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        write_lines(tmp_path / "input" / f"{name}.jsonl", event(name))
    return tmp_path / "input"


def pin(folder: Path) -> str:
    return pin_files(find_input(SOURCE, path=str(folder)), root_uri=str(folder.parent / "lake"))


def test_the_files_of_a_list_come_back_whatever_came_beside_them(folder: Path) -> None:
    pinned = pin(folder)
    write_lines(folder / "c.jsonl", event("c"))

    found = pinned_files(pinned, SOURCE, root_uri=str(folder.parent / "lake"))

    assert [Path(file.uri).name for file in found] == ["a.jsonl", "b.jsonl"]
    assert are_files(pinned)
    assert not are_files("clicks/LbsOYCb7TQqYtIjs2j6EUw@0:0-120")


def test_equal_files_are_one_list_and_others_another(folder: Path) -> None:
    first = pin(folder)

    assert pin(folder) == first
    write_lines(folder / "a.jsonl", event("other"))
    assert pin(folder) != first


def test_a_file_that_holds_something_else_or_is_gone_is_named(folder: Path) -> None:
    pinned = pin(folder)
    write_lines(folder / "a.jsonl", event("other"))
    with pytest.raises(InvalidRequest, match=r"a\.jsonl.*what was pinned"):
        pinned_files(pinned, SOURCE, root_uri=str(folder.parent / "lake"))
    (folder / "a.jsonl").unlink()
    with pytest.raises(SourceNotFound, match=r"a\.jsonl"):
        pinned_files(pinned, SOURCE, root_uri=str(folder.parent / "lake"))


def test_a_text_that_stands_for_no_list_is_refused(folder: Path) -> None:
    pinned, lake = pin(folder), folder.parent / "lake"
    with pytest.raises(InvalidRequest, match="files@ and a SHA-256"):
        pinned_files("files@x", SOURCE, root_uri=str(lake))
    with pytest.raises(ArtifactNotFound, match="Pin the input again"):
        pinned_files("files@" + "0" * 64, SOURCE, root_uri=str(lake))
    (lake / "_runs/inputs" / f"{pinned.removeprefix('files@')}.json").write_text("{}")
    with pytest.raises(ArtifactBroken, match="a list of files"):
        pinned_files(pinned, SOURCE, root_uri=str(lake))
