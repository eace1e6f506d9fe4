"""One JSON object a row, and nothing that only looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from featurestore.offline.raw_rows import COLUMNS, COORDINATES, FIELDS, MALFORMED, POSITION, RAW, UNKNOWN
from featurestore.offline.raw_rows import from_json_text as parse

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

pytestmark = pytest.mark.spark

MALFORMED_TEXTS = {
    "truncated": '{"id":"a"',
    "truncated inside text": '{"id":"a',
    "word behind": '{"id":"a"} x',
    "bracket behind": '{"id":"a"}]',
    "bracket and more behind": '{"id":"a"}] x',
    "brace behind": '{"id":"a"}}',
    "brace and more behind": '{"id":"a"}} x',
    "comma behind": '{"id":"a"},',
    "bracket that opens again": '{"id":"a"}],[{"id":"b"}',
    "two objects": '{"id":"a"}{"id":"b"}',
    "two objects and a comma": '{"id":"a"},{"id":"b"}',
    "object and a pair": '{"id":"a"},"n":{}',
    "comment behind": '{"id":"a"}/* b */',
    "root array": '[{"id":"a"},{"id":"b"}]',
    "root array of one object": '[{"id":"a"}]',
    "empty array": "[]",
    "null": "null",
    "number": "1",
    "text": '"a"',
    "empty": "",
    "blank": "  ",
    "single quotes": "{'id':'a'}",
    "name without quotes": '{id:"a"}',
    "trailing comma": '{"id":"a",}',
    "NaN": '{"id":"a","n":NaN}',
    "Infinity": '{"n":-Infinity}',
    "leading zero": '{"n":007}',
    "control character": '{"id":"a\u0001"}',
    "no JSON": "id=a",
}
OBJECTS: dict[str, tuple[str, dict[str, str | None]]] = {
    "both fields": ('{"id":"a","n":"b"}', {"id": "a", "n": "b"}),
    "space around": (' \t{"id":"a"} ', {"id": "a", "n": None}),
    "no fields": ("{}", {"id": None, "n": None}),
    "null value": ('{"id":null}', {"id": None, "n": None}),
    "last of a repeated name": ('{"id":"a","id":"b"}', {"id": "b", "n": None}),
    "number as text": ('{"n":12}', {"id": None, "n": "12"}),
    "huge integer": ('{"n":12345678901234567890123}', {"id": None, "n": "12345678901234567890123"}),
    "boolean": ('{"n":true}', {"id": None, "n": "true"}),
    "object": ('{"n":{"a":[1]}}', {"id": None, "n": '{"a":[1]}'}),
    "array": ('{"n":[1,2]}', {"id": None, "n": "[1,2]"}),
    "closing marks inside text": ('{"id":"}] x"}', {"id": "}] x", "n": None}),
    "escapes": ('{"id":"\\u00e9\\n\\"{"}', {"id": 'é\n"{', "n": None}),
    "beyond the basic plane": ('{"id":"𝄞"}', {"id": "𝄞", "n": None}),
}


@pytest.fixture(scope="module")
def parsed(spark: SparkSession) -> dict[str, Row]:
    texts = [*MALFORMED_TEXTS.items(), *((name, text) for name, (text, _) in OBJECTS.items())]
    rows = spark.createDataFrame(texts, f"{COORDINATES} string, text string").withColumn(
        POSITION, F.col(COORDINATES)
    )
    return {row[COORDINATES]: row for row in parse(rows, text="text", names=["id", "n"]).collect()}


def unknown_of(spark: SparkSession, *texts: str) -> list[Any]:
    rows = spark.createDataFrame([(text,) for text in texts], "text string")
    placed = rows.withColumns({COORDINATES: F.col("text"), POSITION: F.col("text")})
    return [row[UNKNOWN] for row in parse(placed, text="text", names=["id"]).collect()]


@pytest.mark.parametrize("name", MALFORMED_TEXTS)
def test_whatever_is_no_single_object_is_malformed(parsed: dict[str, Row], name: str) -> None:
    row = parsed[name]

    assert (row[MALFORMED], row[FIELDS], row[UNKNOWN]) == (True, None, None)
    assert row[RAW] == MALFORMED_TEXTS[name]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_becomes_texts(parsed: dict[str, Row], name: str) -> None:
    row = parsed[name]

    assert row[MALFORMED] is False
    assert row[FIELDS].asDict() == OBJECTS[name][1]
    assert tuple(row.asDict()) == COLUMNS


def test_fields_that_the_schema_does_not_name_are_kept_apart(spark: SparkSession) -> None:
    found = unknown_of(
        spark, '{"id":"a"}', '{"id":"a","x":1,"y":{"z":null}}', '{"ID":"a"}', '{"x":null}', '{"x":1,"x":2}'
    )

    assert found[:4] == [None, {"x": "1", "y": '{"z":null}'}, {"ID": "a"}, {"x": None}]
    assert set(found[4]) == {"x"}


def test_bytes_that_are_no_utf8_are_malformed_and_kept_readable(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(bytearray(b'{"id":"\xff\xfe"}'),)], "bytes binary")
    placed = rows.withColumns(
        {COORDINATES: F.lit("here"), POSITION: F.lit("here"), "text": F.col("bytes").cast("string")}
    )

    (row,) = parse(placed, text="text", names=["id"]).collect()

    assert row[MALFORMED] is True
    assert row[RAW] == '{"id":"\ufffd\ufffd"}'
