"""Input files as they are found: their format, digest and columns, or what is wrong with them."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featurestore.definitions.sources import FileFormat
from featurestore.errors import InvalidRequest, SourceNotFound
from featurestore.offline.input_files import InputFile, find_input
from tests.helpers.events import clicks

if TYPE_CHECKING:
    from pathlib import Path


def found(path: Path, file_format: FileFormat | None = None) -> tuple[InputFile, ...]:
    return find_input(clicks(format=file_format), path=str(path))


def test_files_are_told_apart_by_their_endings_and_sorted(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,at\n")
    (tmp_path / "b.CSV.gz").write_bytes(gzip.compress(b"at,id\n"))
    (tmp_path / "a.jsonl").write_text("")
    (tmp_path / "a.ndjson").write_text("{}")
    pq.write_table(pa.table({"id": ["a"], "n": pa.array([1], pa.int32())}), tmp_path / "d.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".c.csv.crc").write_text("")

    files = found(tmp_path)

    assert [(file.uri.rsplit("/", 1)[-1], file.format, file.columns) for file in files] == [
        ("a.jsonl", FileFormat.JSON_LINES, ()),
        ("a.ndjson", FileFormat.JSON_LINES, ()),
        ("b.CSV.gz", FileFormat.CSV, ("at", "id")),
        ("c.csv", FileFormat.CSV, ("id", "at")),
        ("d.parquet", FileFormat.PARQUET, ("id", "n")),
    ]
    assert files[-1].types == ("string", "int32")
    assert files[1].sha256 == hashlib.sha256(b"{}").hexdigest()


def test_a_declared_format_goes_before_the_ending(tmp_path: Path) -> None:
    (tmp_path / "events.txt").write_text("id,at\n")

    assert found(tmp_path, FileFormat.CSV)[0].columns == ("id", "at")
    with pytest.raises(InvalidRequest, match="an ending among csv, jsonl, ndjson, parquet"):
        found(tmp_path)


def test_a_header_may_have_a_byte_order_mark_and_quoted_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbf"id","two\nlines"\r\n')

    assert found(tmp_path)[0].columns == ("id", "two\nlines")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "an empty file without header"),
        (b"id,at,id\n", "column names that repeat, apart from case: id"),
        (b"id,at,ID\n", "column names that repeat, apart from case: ID, id"),
        (b"id,at,\n", "a column without name"),
        (b"\xff\xfe\n", "utf-8"),
        (b"\x1f\x8bnot gzip", "a csv file"),
        (gzip.compress(b"id,at\n" * 1000, mtime=0)[:20], "a csv file"),
    ],
)
def test_a_csv_file_that_cannot_be_read_by_name_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(InvalidRequest, match=told):
        found(tmp_path)


def test_times_in_nanoseconds_are_refused_by_name(tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "at": pa.array([1], pa.timestamp("ns", "UTC"))})
    pq.write_table(table, tmp_path / "a.parquet")

    with pytest.raises(InvalidRequest, match=r"times in nanoseconds \(at\); write them in microseconds"):
        found(tmp_path)


def test_sparks_own_old_times_are_no_nanoseconds(tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "at": pa.array([1], pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)

    assert found(tmp_path)[0].columns == ("id", "at")


def test_a_parquet_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("id,at\n")

    with pytest.raises(InvalidRequest, match="a parquet file"):
        found(tmp_path)


def test_no_file_and_no_path_are_different_errors(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="clicks"):
        found(tmp_path / "*.csv")
    with pytest.raises(InvalidRequest, match="a path on the source or in the call"):
        find_input(clicks(), path=None)
