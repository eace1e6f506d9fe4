"""Files become raw rows: each value found by name, each row with its own place."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from featurestore.definitions.schema import DataType, Field, Schema
from featurestore.keys import record_key
from featurestore.offline.input_files import find_input
from featurestore.offline.raw_rows import COORDINATES, FIELDS, MALFORMED, POSITION, RAW, UNKNOWN, raw_text
from featurestore.offline.read_files import read_files
from featurestore.offline.validate import REJECTION, validate
from tests.helpers.events import clicks, event, fields, write_lines

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

NAMES = ("id", "at", "amount")


def read(spark: SparkSession, path: Path, names: tuple[str, ...] = NAMES) -> DataFrame:
    return read_files(spark, find_input(clicks(), path=str(path)), names=names)


def placed(rows: DataFrame) -> dict[str, tuple[Any, ...] | None]:
    """File and row number -> texts of the fields, or none for a malformed row."""
    return {
        row[POSITION].rsplit("/", 1)[-1].replace("#row ", " "): None if row[MALFORMED] else tuple(row[FIELDS])
        for row in rows.collect()
    }


def raw_texts(rows: DataFrame) -> set[str]:
    return {row["text"] for row in rows.select(raw_text(rows.schema[RAW].dataType).alias("text")).collect()}


def test_csv_fields_are_found_by_name_in_files_of_any_header(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,at,amount\n1,t,5\n")
    (tmp_path / "b.csv").write_text("amount,id,at\n6,2,t\n")
    (tmp_path / "c.csv").write_text("at,id,extra\nt,3,x\n")
    (tmp_path / "d.csv").write_bytes(b"\xef\xbb\xbfid,at,amount\r\n4,t,8\r\n")
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(b"id,at,amount\n5,t,9\n"))

    rows = read(spark, tmp_path)

    assert placed(rows) == {
        "a.csv 1": ("1", "t", "5"),
        "b.csv 1": ("2", "t", "6"),
        "c.csv 1": ("3", "t", None),
        "d.csv 1": ("4", "t", "8"),
        "e.csv.gz 1": ("5", "t", "9"),
    }
    assert [row[UNKNOWN] for row in rows.where(F.col(UNKNOWN).isNotNull()).collect()] == [{"extra": "x"}]


def test_csv_rows_are_counted_as_records_and_not_as_lines(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'id,at,amount\n1,"two\nlines, ""quoted""",\n2,t,""\n3,t\n4,t,5,6\n5,"back\\",7\n6,t,8\n',
    )

    rows = read(spark, tmp_path)

    assert placed(rows) == {
        "a.csv 1": ("1", 'two\nlines, "quoted"', None),
        "a.csv 2": ("2", "t", None),
        "a.csv 3": None,
        "a.csv 4": None,
        "a.csv 5": ("5", "back\\", "7"),
        "a.csv 6": ("6", "t", "8"),
    }
    assert raw_texts(rows.where(F.col(MALFORMED))) == {"3,t", "4,t,5,6"}


def test_a_row_of_columns_is_shown_as_one_json_object(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,at,extra\n1,,x\n")
    pq.write_table(pa.table({"id": [2], "extra": [{"y": 1.5}]}), tmp_path / "b.parquet")
    write_lines(tmp_path / "c.jsonl", '{"id": 3}')

    csv, parquet = read(spark, tmp_path / "a.csv"), read(spark, tmp_path / "b.parquet")

    assert raw_texts(csv) == {'{"id":"1","extra":"x"}'}
    assert raw_texts(parquet) == {'{"id":2,"extra":{"y":1.5}}'}
    mixed = read(spark, tmp_path)
    assert raw_texts(mixed) == {*raw_texts(csv), *raw_texts(parquet), '{"id": 3}'}


def test_coordinates_are_uri_content_and_row(spark: SparkSession, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", event("1"), "", event("2"))
    (file,) = find_input(clicks(), path=str(tmp_path))

    rows = read(spark, tmp_path).orderBy(POSITION).collect()

    assert [row[COORDINATES] for row in rows] == [
        record_key([file.uri, file.sha256, 1]),
        record_key([file.uri, file.sha256, 3]),
    ]
    assert rows[1][POSITION] == f"{file.uri}#row 3"


def test_many_small_files_are_numbered_each_for_itself(spark: SparkSession, tmp_path: Path) -> None:
    names = ["a b", "a+b", "a%20b", "ü", "c#d", "e&f", "g=h", *(f"n{number}" for number in range(9))]
    for name in names:
        write_lines(tmp_path / f"{name}.jsonl", event(f"{name} 1"), event(f"{name} 2"))

    found = placed(read(spark, tmp_path))

    expected = {f"{name}.jsonl {row}": f"{name} {row}" for name in names for row in (1, 2)}
    assert {place: values and values[0] for place, values in found.items()} == expected


def test_a_large_file_is_numbered_through(spark: SparkSession, tmp_path: Path) -> None:
    lines = "".join(f'{{"id":"{number + 1}"}}\n' for number in range(50_000))
    (tmp_path / "a.jsonl").write_text(lines)
    before = spark.conf.get("spark.sql.files.maxPartitionBytes")
    spark.conf.set("spark.sql.files.maxPartitionBytes", "100000")
    try:
        rows = read(spark, tmp_path)
        numbers = F.substring_index(POSITION, "#row ", -1)
        assert rows.where(numbers == F.col(f"{FIELDS}.id")).count() == 50_000
    finally:
        spark.conf.set("spark.sql.files.maxPartitionBytes", str(before))


def test_json_lines_and_csv_and_parquet_make_one_batch(spark: SparkSession, tmp_path: Path) -> None:
    moment = datetime(2024, 3, 1, 10, tzinfo=timezone.utc)
    (tmp_path / "a.csv").write_text("amount,id,at\n1,a,2024-03-01T10:00:00Z\n")
    write_lines(tmp_path / "b.jsonl", event("b", amount=2.0), "[]")
    columns = {
        "id": ["c"],
        "at": pa.array([moment], pa.timestamp("us", "UTC")),
        "amount": pa.array([3], pa.int32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")

    validated = validate(read(spark, tmp_path), fields(), timezone=None).persist()

    accepted = validated.where(F.col(REJECTION).isNull()).orderBy("id")
    micros = int(moment.timestamp()) * 1_000_000
    assert [tuple(row) for row in accepted.select("id", F.unix_micros("at"), "amount").collect()] == [
        ("a", micros, 1),
        ("b", micros, 2),
        ("c", micros, 3),
    ]
    assert validated.where(f"{REJECTION}.reason = 'malformed'").count() == 1


def parquet_schema() -> Schema:
    kinds = {
        "id": DataType.STRING,
        "small": DataType.INT64,
        "whole": DataType.INT64,
        "ratio": DataType.FLOAT64,
        "zoned": DataType.TIMESTAMP,
        "naive": DataType.TIMESTAMP,
        "day": DataType.DATE,
        "flag": DataType.BOOLEAN,
        "nested": DataType.STRING,
    }
    return Schema(fields=tuple(Field(name=name, data_type=kind) for name, kind in kinds.items()))


def test_parquet_types_are_taken_without_loss(spark: SparkSession, tmp_path: Path) -> None:
    moment = datetime(2024, 3, 1, 10, 0, 0, 123456, tzinfo=timezone.utc)
    ratios, wholes = [0.1, float("nan"), 2.0], [7.0, 8.0, 9.5]
    columns = {
        "id": ["a", "b", "c"],
        "small": pa.array([1, 2, 3], pa.int16()),
        "whole": pa.array(wholes, pa.float64()),
        "ratio": pa.array(ratios, pa.float32()),
        "zoned": pa.array([moment] * 3, pa.timestamp("us", "Europe/Berlin")),
        "naive": pa.array([moment.replace(tzinfo=None)] * 3, pa.timestamp("us")),
        "day": pa.array([moment.date()] * 3, pa.date32()),
        "flag": [True, False, True],
        "nested": [{"x": 1}] * 3,
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    schema = parquet_schema()
    raw = read(spark, tmp_path, schema.names)

    berlin = validate(raw, schema, timezone="Europe/Berlin").orderBy("id")
    times = [F.unix_micros("zoned").alias("zoned"), F.unix_micros("naive").alias("naive")]
    rows = berlin.select("id", "small", "ratio", *times, "nested", f"{REJECTION}.field").collect()

    micros = int(moment.timestamp()) * 1_000_000 + 123456
    first = rows[0].asDict()
    assert first == {
        "id": "a",
        "small": 1,
        "ratio": 0.10000000149011612,
        "zoned": micros,
        "naive": micros - 3_600_000_000,
        "nested": '{"x":1}',
        "field": None,
    }
    assert [row["field"] for row in rows] == [None, "ratio", "whole"]
    without_zone = validate(raw, schema, timezone=None).where("id = 'a'").select(f"{REJECTION}.field")
    assert [row["field"] for row in without_zone.collect()] == ["naive"]


@pytest.mark.parametrize("as_int96", [False, True], ids=["micros", "int96"])
def test_parquet_times_of_earlier_centuries_mean_what_they_say(
    spark: SparkSession, tmp_path: Path, as_int96: bool
) -> None:
    moment = datetime(1582, 1, 1, 10, 0, 0, 123456, tzinfo=timezone.utc)
    columns = {
        "id": ["a"],
        "zoned": pa.array([moment], pa.timestamp("us", "UTC")),
        "day": pa.array([moment.date()], pa.date32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", use_deprecated_int96_timestamps=as_int96)
    schema = Schema(fields=tuple(parquet_schema().field(name) for name in columns))

    rows = validate(read(spark, tmp_path, schema.names), schema, timezone="UTC")
    first = rows.select(F.unix_micros("zoned"), F.unix_date("day"), f"{REJECTION}.reason").first()

    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert first == (since // timedelta(microseconds=1), since.days, None)


def test_parquet_files_of_different_types_make_one_batch(spark: SparkSession, tmp_path: Path) -> None:
    kinds: dict[str, tuple[Any, pa.DataType]] = {
        "a": (1, pa.int32()),
        "b": (2, pa.int64()),
        "c": ("3", pa.string()),
        "d": (4.0, pa.float32()),
    }
    for name, (value, kind) in kinds.items():
        pq.write_table(
            pa.table({"id": [name], "amount": pa.array([value], kind)}), tmp_path / f"{name}.parquet"
        )
    schema = Schema(
        fields=(Field(name="id", data_type=DataType.STRING), Field(name="amount", data_type=DataType.INT64))
    )

    validated = validate(read(spark, tmp_path, schema.names), schema, timezone=None)

    assert [tuple(row) for row in validated.orderBy("id").select("id", "amount").collect()] == [
        ("a", 1),
        ("b", 2),
        ("c", 3),
        ("d", 4),
    ]


def test_a_value_is_the_same_read_alone_or_beside_other_formats(spark: SparkSession, tmp_path: Path) -> None:
    schema = Schema(
        fields=(Field(name="id", data_type=DataType.STRING), Field(name="x", data_type=DataType.FLOAT64))
    )
    pq.write_table(pa.table({"id": ["a"], "x": pa.array([0.1], pa.float32())}), tmp_path / "a.parquet")
    alone = validate(read(spark, tmp_path, schema.names), schema, timezone=None).first()

    (tmp_path / "b.jsonl").write_text(json.dumps({"id": "b", "x": 0.1}))
    mixed = validate(read(spark, tmp_path, schema.names), schema, timezone=None).where("id = 'a'").first()

    assert alone is not None
    assert mixed is not None
    assert alone["x"] == mixed["x"] == 0.10000000149011612
