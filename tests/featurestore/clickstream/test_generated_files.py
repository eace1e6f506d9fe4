from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from featurestore.clickstream import visits
from featurestore.clickstream.generated_files import write_json_lines, write_parquet
from featurestore.clickstream.generator import StreamSpec, generate
from featurestore.errors import InvalidSetting

if TYPE_CHECKING:
    from pathlib import Path

VALID = StreamSpec(events=1_000, seed=3)
CHANGING = StreamSpec(events=1_000, seed=3, late_fraction=0.1, duplicate_fraction=0.1, deleted_fraction=0.1)
BROKEN = StreamSpec(events=1_000, seed=3, malformed_fraction=0.1, schema_breaking_fraction=0.1)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a thousand events are many blocks."""
    monkeypatch.setattr(visits, "BLOCK_EVENTS", 170)


@pytest.mark.parametrize("spec", [VALID, CHANGING])
@pytest.mark.parametrize("files", [1, 3, 7])
def test_parquet_files_hold_the_stream_in_order(spec: StreamSpec, files: int, tmp_path: Path) -> None:
    paths = write_parquet(spec, tmp_path, files=files)

    rows = [row for path in paths for row in pq.read_table(path).to_pylist()]
    assert rows == [event.fields for event in generate(spec)]
    assert sorted(tmp_path.iterdir()) == paths
    sizes = [pq.read_metadata(path).num_rows for path in paths]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("spec", [VALID, CHANGING, BROKEN])
@pytest.mark.parametrize("files", [1, 3])
def test_json_lines_hold_the_stream_in_order(spec: StreamSpec, files: int, tmp_path: Path) -> None:
    paths = write_json_lines(spec, tmp_path, files=files)

    lines = [line for path in paths for line in path.read_bytes().split(b"\n")[:-1]]
    assert lines == [event.value for event in generate(spec)]
    assert sorted(tmp_path.iterdir()) == paths


def test_the_same_spec_gives_the_same_files(tmp_path: Path) -> None:
    first = write_parquet(VALID, tmp_path / "first", files=2)
    second = write_parquet(VALID, tmp_path / "second", files=2)

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_more_files_than_events_leave_some_empty(tmp_path: Path) -> None:
    spec = StreamSpec(events=2, seed=1)

    assert sum(pq.read_metadata(path).num_rows for path in write_parquet(spec, tmp_path, files=5)) == 2
    assert sum(path.stat().st_size == 0 for path in write_json_lines(spec, tmp_path, files=5)) == 3


def test_parquet_cannot_hold_broken_messages(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="malformed_fraction"):
        write_parquet(BROKEN, tmp_path, files=1)
    with pytest.raises(InvalidSetting, match="files"):
        write_parquet(VALID, tmp_path, files=0)

    assert list(tmp_path.iterdir()) == []
