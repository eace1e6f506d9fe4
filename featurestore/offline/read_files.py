"""Reads CSV, JSON lines and Parquet files into raw rows, each with its file and row number."""

from __future__ import annotations

from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.definitions.sources import FileFormat
from featurestore.keys import record_key as record_key_text
from featurestore.offline.encoding import record_key
from featurestore.offline.raw_rows import (
    COORDINATES,
    CORRUPT,
    FIELDS,
    MALFORMED,
    POSITION,
    RAW,
    UNKNOWN,
    from_json_text,
    raw_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, SparkSession

    from featurestore.offline.input_files import InputFile

_ROW_IN_PARTITION = (1 << 33) - 1
"""The low bits of Spark's increasing id count the rows of a partition."""


def read_files(spark: SparkSession, files: Sequence[InputFile], *, names: Sequence[str]) -> DataFrame:
    """Raw rows (see `raw_rows`) of all files; `names` are the fields of the schema.

    Row numbers start at 1 and count records as a single reader of the file meets them, a CSV header not
    counted. Files may differ in columns and their order; columns are found by name.
    """
    session = _whole_file_session(spark)
    ordered = sorted(files, key=lambda file: (*_kind(file), file.uri))
    groups = [list(group) for _, group in groupby(ordered, key=_kind)]
    frames = [_READERS[group[0].format](session, group, group[0].columns, names) for group in groups]
    return reduce(DataFrame.unionByName, _same_types(frames))


def _whole_file_session(spark: SparkSession) -> SparkSession:
    """A session whose reads give every file a partition of its own, so that its rows can be numbered.

    A read asks the settings of its session when it runs, long after it was described.
    """
    session = spark.newSession()
    for name in ("maxPartitionBytes", "openCostInBytes"):
        session.conf.set(f"spark.sql.files.{name}", str(1 << 50))
    session.conf.set("spark.sql.files.minPartitionNum", "1")
    return session


def _kind(file: InputFile) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return file.format.value, file.columns, file.types


def _same_types(frames: Sequence[DataFrame]) -> Sequence[DataFrame]:
    """Where files disagree on the type of raw rows or fields those become text, which holds all of them."""
    for name, text in ((RAW, _raw_as_text), (FIELDS, _as_texts)):
        if len({frame.schema[name].dataType.simpleString() for frame in frames}) > 1:
            frames = [frame.withColumn(name, text(frame)) for frame in frames]
    return frames


def _raw_as_text(frame: DataFrame) -> Column:
    return raw_text(frame.schema[RAW].dataType)


def _as_texts(frame: DataFrame) -> Column:
    kinds = frame.schema[FIELDS].dataType
    assert isinstance(kinds, T.StructType)  # noqa: S101 - for the type checker
    texts = [_text(F.col(f"{FIELDS}.`{kind.name}`"), kind.dataType).alias(kind.name) for kind in kinds.fields]
    return F.when(F.col(FIELDS).isNotNull(), F.struct(*texts))


def _text(column: Column, kind: T.DataType) -> Column:
    if isinstance(kind, T.TimestampType):
        return F.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
    if isinstance(kind, T.FloatType):
        return column.cast("double").cast("string")
    return column.cast("string")


def _csv(
    spark: SparkSession, files: list[InputFile], columns: tuple[str, ...], names: Sequence[str]
) -> DataFrame:
    schema = T.StructType([T.StructField(name, T.StringType()) for name in (*columns, CORRUPT)])
    reader = spark.read.schema(schema).options(
        header=True, multiLine=True, mode="PERMISSIVE", columnNameOfCorruptRecord=CORRUPT, escape='"'
    )
    rows = _located(reader.csv([file.uri for file in files]), files)
    empty_is_missing = {name: F.when(F.col(f"`{name}`") != "", F.col(f"`{name}`")) for name in columns}
    whole = F.col(CORRUPT).isNull()
    fields = F.when(whole, _fields(names, {name: empty_is_missing[name] for name in columns}))
    raw = F.struct(CORRUPT, *(F.col(f"`{name}`") for name in columns))
    return _raw_rows(
        rows, raw=raw, malformed=~whole, unknown=_unknown(names, empty_is_missing), fields=fields
    )


def _parquet(
    spark: SparkSession, files: list[InputFile], columns: tuple[str, ...], names: Sequence[str]
) -> DataFrame:
    rows = _located(spark.read.parquet(*(file.uri for file in files)), files)
    kinds = {field.name: field.dataType for field in rows.schema.fields}
    values = {name: _flat(F.col(f"`{name}`"), kinds[name]) for name in columns}
    raw = F.struct(*(F.col(f"`{name}`") for name in columns))
    return _raw_rows(
        rows, raw=raw, malformed=F.lit(False), unknown=_unknown(names, values), fields=_fields(names, values)
    )


def _json_lines(
    spark: SparkSession, files: list[InputFile], _columns: tuple[str, ...], names: Sequence[str]
) -> DataFrame:
    rows = _located(spark.read.text([file.uri for file in files]), files)
    return from_json_text(rows.where(F.trim("value") != ""), text="value", names=names)


_READERS = {FileFormat.CSV: _csv, FileFormat.PARQUET: _parquet, FileFormat.JSON_LINES: _json_lines}


def _located(rows: DataFrame, files: Sequence[InputFile]) -> DataFrame:
    """The rows with `coordinates` and `position`; they must come straight from whole files."""
    row = F.monotonically_increasing_id().bitwiseAND(F.lit(_ROW_IN_PARTITION)) + 1
    path = F.regexp_replace("_path", r"\+", "%2B")  # only forms write a space as `+`
    name = F.regexp_replace(F.url_decode(path), "^file:/*", "file:/")
    keys = _of_file(name, {file.uri: record_key_text([file.uri, file.sha256]) for file in files})
    uris = _of_file(name, {file.uri: file.uri for file in files})
    key = F.concat(keys, record_key([("_row", T.LongType())]))
    place = F.concat(uris, F.lit("#row "), F.col("_row").cast("string"))
    # Spark computes what two columns share for every row, unless it stands behind a condition.
    always = F.col("_row") > 0
    numbered = rows.select("*", F.col("_metadata.file_path").alias("_path"), row.alias("_row"))
    return numbered.withColumns({COORDINATES: F.when(always, key), POSITION: F.when(always, place)})


def _of_file(name: Column, texts: Mapping[str, str]) -> Column:
    """The text that belongs to the file of this name."""
    return F.create_map(*(F.lit(part) for uri, text in texts.items() for part in (_name(uri), text)))[name]


def _name(uri: str) -> str:
    return f"file:/{uri.removeprefix('file:').lstrip('/')}" if uri.startswith("file:") else uri


def _fields(names: Sequence[str], values: dict[str, Column]) -> Column:
    return F.struct(
        *((values[name] if name in values else F.lit(None).cast("string")).alias(name) for name in names)
    )


def _unknown(names: Sequence[str], values: dict[str, Column]) -> Column:
    strange = [name for name in values if name not in names]
    if not strange:
        return F.lit(None).cast("map<string,string>")
    entries = F.create_map(*(part for name in strange for part in (F.lit(name), values[name].cast("string"))))
    present = F.map_filter(entries, lambda _name, value: value.isNotNull())
    return F.when(F.size(present) > 0, present)


def _flat(column: Column, kind: T.DataType) -> Column:
    return F.to_json(column) if isinstance(kind, T.StructType | T.ArrayType | T.MapType) else column


def _raw_rows(
    rows: DataFrame, *, raw: Column, malformed: Column, unknown: Column, fields: Column
) -> DataFrame:
    return rows.select(
        COORDINATES,
        POSITION,
        raw.alias(RAW),
        malformed.alias(MALFORMED),
        unknown.alias(UNKNOWN),
        fields.alias(FIELDS),
    )
