"""Generated streams as files: Parquet or JSON lines, a number of files of about equal length.

A stream of valid events only is written block by block without making a Python object an event, millions in
seconds to minutes; any other goes through `generate`, row by row. Both give the events that `generate` gives,
in its order. A file appears under its name only when it is whole, and files of the same names are replaced.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from featurestore.clickstream.generator import fresh_blocks, generate
from featurestore.clickstream.visits import BLOCK_EVENTS, SCHEMA, json_texts
from featurestore.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from featurestore.clickstream.generator import StreamSpec


def write_parquet(spec: StreamSpec, directory: Path, *, files: int) -> list[Path]:
    """Write part-00000.parquet and so on; timestamps stay text. Gives the paths in the stream's order.

    Raises InvalidSetting for a spec with malformed or schema-breaking events: typed columns cannot hold them.
    """
    for kind in ("malformed", "schema_breaking"):
        if spec.counts()[kind]:
            expected = "0 for Parquet, whose columns have types"
            raise InvalidSetting(
                f"{kind}_fraction", received=getattr(spec, f"{kind}_fraction"), expected=expected
            )
    tables = fresh_blocks(spec, spec.events) if spec.only_valid else _tables_row_by_row(spec)
    paths = _paths(directory, files=files, suffix="parquet")
    for path, parts in zip(paths, _shared_out(tables, _lengths(spec, files)), strict=True):
        with _whole(path) as new, pq.ParquetWriter(new, SCHEMA) as writer:
            for part in parts:
                writer.write_table(part)
    return paths


def write_json_lines(spec: StreamSpec, directory: Path, *, files: int) -> list[Path]:
    """Write part-00000.jsonl and so on, one message a line. Gives the paths in the stream's order."""
    lines = (
        (pa.table({"line": json_texts(block)}) for block in fresh_blocks(spec, spec.events))
        if spec.only_valid
        else _lines_row_by_row(spec)
    )
    paths = _paths(directory, files=files, suffix="jsonl")
    for path, parts in zip(paths, _shared_out(lines, _lengths(spec, files)), strict=True):
        with _whole(path) as new, new.open("wb") as output:
            for part in parts:
                output.write(_joined(part.column("line").combine_chunks()))
    return paths


def _tables_row_by_row(spec: StreamSpec) -> Iterator[pa.Table]:
    events = generate(spec)
    while rows := [dict(event.fields or {}) for event in islice(events, BLOCK_EVENTS)]:
        yield pa.Table.from_pylist(rows, schema=SCHEMA)


def _lines_row_by_row(spec: StreamSpec) -> Iterator[pa.Table]:
    events = generate(spec)
    while lines := [event.value.decode() for event in islice(events, BLOCK_EVENTS)]:
        yield pa.table({"line": pa.array(lines)})


def _joined(lines: pa.Array) -> bytes:
    """The lines, an end of line behind each."""
    text: bytes = pc.binary_join(pa.LargeListArray.from_arrays([0, len(lines)], lines), "\n")[0].as_buffer()
    return bytes(text) + b"\n"


def _shared_out(tables: Iterable[pa.Table], lengths: Iterable[int]) -> Iterator[Iterator[pa.Table]]:
    """For each length, tables with that many rows together; each is to be read to its end before the next."""
    remaining = iter(tables)

    def taken(length: int) -> Iterator[pa.Table]:
        nonlocal remaining
        while length > 0:
            table = next(remaining)
            if table.num_rows > length:
                remaining = chain([table.slice(length)], remaining)
            yield table.slice(0, length)
            length -= min(length, table.num_rows)

    for length in lengths:
        yield taken(length)


def _lengths(spec: StreamSpec, files: int) -> list[int]:
    return [spec.events * (place + 1) // files - spec.events * place // files for place in range(files)]


def _paths(directory: Path, *, files: int, suffix: str) -> list[Path]:
    if files < 1:
        raise InvalidSetting("files", received=files, expected="1 or more")
    directory.mkdir(parents=True, exist_ok=True)
    return [directory / f"part-{place:05d}.{suffix}" for place in range(files)]


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A hidden path to write to, moved to `path` at the end and removed after an error."""
    new = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
