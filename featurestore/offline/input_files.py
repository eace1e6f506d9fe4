"""The input files of a batch: found, digested and looked into before Spark reads them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from featurestore.config.storage import known_scheme
from featurestore.definitions.sources import FileFormat
from featurestore.errors import InvalidRequest, SourceNotFound
from featurestore.files import find_files, open_binary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featurestore.definitions.sources import FileSource

_CHUNK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_THREADS = 4
_Columns = list[tuple[str, str]]
"""Name and type of each column; the type is empty where a format has none."""


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """One file: where, its content's SHA-256 (hex), and its columns.

    Column names are none for JSON lines; types as text are there for Parquet alone.
    """

    uri: str
    sha256: str
    format: FileFormat
    columns: tuple[str, ...]
    types: tuple[str, ...] = ()


def find_input(source: FileSource, *, path: str | None) -> tuple[InputFile, ...]:
    """The files of a source, sorted by URI; `path` takes the place of the source's own.

    Raises `SourceNotFound` where nothing matches, `InvalidRequest` for a file that is not of the format.
    """
    pattern = path or source.path
    if not pattern:
        raise InvalidRequest(
            f"Source {source.name!r}", expected="a path on the source or in the call", received=None
        )
    found = find_files(known_scheme(pattern))
    if not found:
        raise SourceNotFound(source.name, location=pattern, remedy="Check the path and its wildcards.")
    with ThreadPoolExecutor(_THREADS) as pool:
        return tuple(pool.map(lambda uri: _inspect(uri, source.format or _format_of(uri)), found))


def _format_of(uri: str) -> FileFormat:
    name = uri.rsplit("/", maxsplit=1)[-1].removesuffix(".gz")
    ending = name.rsplit(".", maxsplit=1)[-1].lower()
    if ending not in _ENDINGS:
        expected = f"an ending among {', '.join(sorted(_ENDINGS))}, or a format on the source"
        raise InvalidRequest(f"File {uri}", expected=expected, received=ending)
    return _ENDINGS[ending]


def _inspect(uri: str, file_format: FileFormat) -> InputFile:
    with open_binary(uri) as file:
        digest = _digest(file)
    try:
        columns = _COLUMNS[file_format](uri)
        _check_names([name for name, _ in columns])
    except (OSError, ValueError, EOFError, csv.Error, zlib.error) as error:
        raise InvalidRequest(
            f"File {uri}", expected=f"a {file_format.value} file", received=str(error)
        ) from error
    return InputFile(
        uri=uri,
        sha256=digest,
        format=file_format,
        columns=tuple(name for name, _ in columns),
        types=tuple(kind for _, kind in columns if kind),
    )


def _check_names(names: Sequence[str]) -> None:
    """Columns are found by name, in Spark whatever its case."""
    if "" in names:
        message = "a column without name"
        raise ValueError(message)
    folded = [name.casefold() for name in names]
    repeated = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if repeated:
        message = f"column names that repeat, apart from case: {', '.join(repeated)}"
        raise ValueError(message)


def _digest(file: Any) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _csv_columns(uri: str) -> _Columns:
    with open_binary(uri) as file:
        compressed = file.read(2) == _GZIP
        file.seek(0)
        plain = gzip.GzipFile(fileobj=file) if compressed else file
        with io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text:
            names = next(csv.reader(text), [])
    if not names:
        message = "an empty file without header"
        raise ValueError(message)
    return [(name, "") for name in names]


def _parquet_columns(uri: str) -> _Columns:
    with open_binary(uri) as file:
        schema = pq.read_metadata(file).schema
    columns = [(field.name, str(field.type)) for field in schema.to_arrow_schema()]
    # Spark's own times (INT96) look like nanoseconds too, and Spark reads them.
    old = {
        column.path for column in map(schema.column, range(len(schema))) if column.physical_type == "INT96"
    }
    nanos = [name for name, kind in columns if kind.startswith("timestamp[ns") and name not in old]
    if nanos:
        message = f"times in nanoseconds ({', '.join(nanos)}); write them in microseconds"
        raise ValueError(message)
    return columns


def _no_columns(_uri: str) -> _Columns:
    return []


_ENDINGS = {
    "csv": FileFormat.CSV,
    "jsonl": FileFormat.JSON_LINES,
    "ndjson": FileFormat.JSON_LINES,
    "parquet": FileFormat.PARQUET,
}

_COLUMNS = {
    FileFormat.CSV: _csv_columns,
    FileFormat.PARQUET: _parquet_columns,
    FileFormat.JSON_LINES: _no_columns,
}
