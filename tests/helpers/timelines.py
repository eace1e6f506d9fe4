"""Folders that look like Hudi tables to a reader of timelines: names of commits, and no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def table_with(lake: Path, name: str, *instants: str) -> None:
    """A table of the lake with just these commits, each completed in the same millisecond."""
    folder = lake / name / ".hoodie" / "timeline"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "hoodie.properties").write_text("hoodie.timeline.layout.version=2\n")
    for file in folder.iterdir():
        file.unlink()
    for instant in instants:
        (folder / f"{instant}_{instant}.commit").touch()
