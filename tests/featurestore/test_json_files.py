"""Small files of JSON."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from featurestore.errors import ArtifactBroken
from featurestore.json_files import json_text, read_json

if TYPE_CHECKING:
    from pathlib import Path


class Kept(msgspec.Struct, frozen=True):
    """Something that is kept."""

    name: str
    at: datetime


KEPT = Kept(name="größer", at=datetime(2026, 3, 1, tzinfo=timezone.utc))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text(json_text(KEPT), encoding="utf-8")
    assert read_json(str(file), Kept, expected="what is kept") == KEPT


def test_the_text_has_a_line_for_each_field() -> None:
    assert json_text(KEPT) == '{\n  "name": "größer",\n  "at": "2026-03-01T00:00:00Z"\n}\n'


@pytest.mark.parametrize("text", ["", "{", '{"name": "a"}', '{"name": 1, "at": "2026-03-01T00:00:00Z"}'])
def test_what_is_something_else_is_refused_by_its_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kept.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ArtifactBroken, match="what is kept") as refused:
        read_json(str(file), Kept, expected="what is kept")
    assert str(file) in str(refused.value)


def test_a_file_that_is_not_there_is_not_taken_for_a_broken_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(str(tmp_path / "kept.json"), Kept, expected="what is kept")
