"""Frames kept as Parquet files under the SHA-256 of their content, so that they are input like any other."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds
from pyspark.sql import functions as F

from featurestore.files import absolute_uri, exists, join_uri, write_new_bytes
from featurestore.keys import encode_part
from featurestore.offline.arrow_rows import to_arrow
from featurestore.offline.frames import checked_spark, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame

_COMPLETE = "_SUCCESS"
"""What Spark writes last into a folder."""
_EXACT_TIMES = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"
_AS_TEXT = {
    "ignoreNullFields": "false",
    "timestampFormat": f"{_EXACT_TIMES}XXX",
    "timestampNTZFormat": _EXACT_TIMES,
}


def save_frame(rows: Any, folder: str, *, zone_declared: bool) -> str:
    """Writes the rows below `folder` unless their content is there already, and gives the URI.

    pandas and Arrow become one file, whose row numbers are those of the frame. A Spark frame becomes a folder
    of files, and has the same name in whatever order its rows come. Raises as `to_arrow` does.
    """
    if kind_of(rows) == "spark":
        return _save_spark(checked_spark(rows, zone_declared=zone_declared), folder)
    table = to_arrow(rows, zone_declared=zone_declared)
    uri = join_uri(folder, f"{arrow_digest(table)}.parquet")
    if not exists(uri):
        written = pa.BufferOutputStream()
        pq.write_table(table, written)
        write_new_bytes(uri, written.getvalue().to_pybytes())
    return uri


def arrow_digest(table: pa.Table) -> str:
    """SHA-256 (hex) of names, types, nulls and values, whichever way Arrow has them in memory."""
    whole = hashlib.sha256()
    for name, column in zip(table.schema.names, table.columns, strict=True):
        head = (name, str(column.type), str(len(column)))
        whole.update("".join(encode_part(part) for part in head).encode())
        whole.update(np.packbits(pc.is_valid(column).to_numpy()).tobytes())
        for part in _values(column.drop_null()):
            whole.update(part)
    return whole.hexdigest()


def spark_digest(rows: DataFrame) -> str:
    """SHA-256 (hex) of names, types and rows, in whatever order these come."""
    head = (part for field in rows.schema.fields for part in (field.name, field.dataType.simpleString()))
    whole = hashlib.sha256("".join(encode_part(part) for part in head).encode())
    text = F.to_json(F.struct(*(F.col(f"`{name}`") for name in rows.columns)), _AS_TEXT)
    digests = rows.select(F.sha2(text, 256).alias("digest"))
    for row in digests.repartition(1).sortWithinPartitions("digest").toLocalIterator(prefetchPartitions=True):
        whole.update(row["digest"].encode())
    return whole.hexdigest()


def _save_spark(rows: DataFrame, folder: str) -> str:
    # Computed once: a second time, a frame that draws numbers would not be what was digested.
    kept = rows.localCheckpoint(eager=True)
    uri = join_uri(folder, f"{spark_digest(kept)}.parquet")
    if not exists(join_uri(uri, _COMPLETE)):
        kept.write.mode("overwrite").parquet(absolute_uri(uri))
    return uri


def _values(column: pa.ChunkedArray) -> Iterable[bytes]:
    """The bytes of a column without nulls; of texts their lengths first, so that they cannot run together."""
    if kinds.is_decimal(column.type):
        column = column.cast(pa.string())
    if not (kinds.is_string(column.type) or kinds.is_binary(column.type)):
        plain = {pa.date32(): pa.int32(), pa.bool_(): pa.uint8()}.get(column.type)
        if kinds.is_timestamp(column.type):
            plain = pa.int64()
        yield (column.cast(plain) if plain else column).to_numpy().tobytes()
        return
    yield pc.binary_length(column).to_numpy().astype(np.int64).tobytes()
    for chunk in column.cast(pa.large_binary()).chunks:
        _, offsets, data = chunk.buffers()
        ends = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        yield data.to_pybytes()[ends[0] : ends[-1]] if len(chunk) and data else b""
