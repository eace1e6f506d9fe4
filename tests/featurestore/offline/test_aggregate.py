"""Change rows of many entities against the definition of windows, for every type of key and field."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from featurestore.definitions import Aggregation, Entity, FeatureView, Field, Schema
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.definitions.schema import DataType
from featurestore.offline.aggregate import FROM, UNTIL, _whole_entities, aggregate
from featurestore.offline.changes import all_ranges, events_in_reach
from featurestore.windows import micros
from tests.helpers.frames import assert_rows_equal, frame
from tests.helpers.oracle import windowed
from tests.helpers.shop import ACTIVITY, LONG, SHORT, VISITS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

COLUMNS = "user string, time bigint, record_key string, page string, pieces bigint, price double"
STEP = micros(SHORT) // 2
TYPES = {
    "string": DataType.STRING,
    "bigint": DataType.INT64,
    "double": DataType.FLOAT64,
    "boolean": DataType.BOOLEAN,
    "timestamp": DataType.TIMESTAMP,
    "date": DataType.DATE,
}


def random_events(users: int) -> list[tuple[Any, ...]]:
    """Up to 12 events of each user, at times that make events enter and leave windows together."""
    chance = random.Random(5)  # noqa: S311 - no secret
    return [
        (
            f"u{user}",
            chance.randint(0, 20) * STEP + chance.choice([0, 0, 0, 1]),
            f"{user}-{number * 7 % 13}",
            chance.choice(["home", "cart", "buy", None]),
            chance.choice([None, -2, 0, 5]),
            chance.choice([None, 0.1, 0.2, 1e16, -1e16]),
        )
        for user in range(users)
        for number in range(chance.randint(1, 12))
    ]


def everywhere(events: DataFrame, view: FeatureView, schema: Schema) -> DataFrame:
    """All change rows of all entities."""
    return aggregate(events_in_reach(events, all_ranges(events, None, view), view), view, schema)


def test_every_change_row_equals_the_naive_aggregate(spark: SparkSession) -> None:
    drawn = random_events(60)
    events = spark.createDataFrame(drawn, COLUMNS).withColumn("event_timestamp", F.timestamp_micros("time"))

    rows = (
        everywhere(events, ACTIVITY, VISITS.schema)
        .withColumn("t", F.unix_micros("event_timestamp"))
        .collect()
    )

    names = ("user", "time", "key", "page", "pieces", "price")
    mappings = [dict(zip(names, event, strict=True)) for event in drawn]
    by_user = {user: [e for e in mappings if e["user"] == user] for user in {e["user"] for e in mappings}}
    changes = {
        (user, event["time"] + after)
        for user, mine in by_user.items()
        for event in mine
        for after in (0, micros(SHORT), micros(LONG))
    }
    assert {(row["user"], row["t"]) for row in rows} == changes
    assert len(rows) == len(changes)
    for row in rows:
        for aggregation in ACTIVITY.aggregations:
            expected = windowed(aggregation, by_user[row["user"]], row["t"])
            assert row[aggregation.name] == expected, (aggregation.name, row["t"], by_user[row["user"]])


def test_only_rows_in_an_entitys_range_come_out(spark: SparkSession) -> None:
    events = frame(
        spark,
        "user string, event_timestamp timestamp, record_key string, page string, pieces bigint, price double",
        "u1 10:00 k1 home 1 - \n u1 10:05 k2 home 2 - \n u2 10:00 k3 home 4 -",
    )
    ranges = frame(spark, "user string, a timestamp, b timestamp", "u1 10:05 10:30").select(
        "user", F.unix_micros("a").alias(FROM), F.unix_micros("b").alias(UNTIL)
    )

    rows = aggregate(events_in_reach(events, ranges, ACTIVITY), ACTIVITY, VISITS.schema)

    assert_rows_equal(
        rows.select("user", "event_timestamp", "visits_10m", "pieces_30m"),
        "u1 10:05 2 3 \n u1 10:10 1 3 \n u1 10:15 0 3 \n u1 10:30 0 2",
    )


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_field_of_any_type_can_be_counted_and_shown(spark: SparkSession, kind: str) -> None:
    schema = Schema(
        fields=(Field(name="user", data_type=DataType.STRING), Field(name="field", data_type=TYPES[kind]))
    )
    aggregations = (
        Aggregation(function=Function.LAST, field="field", window=SHORT, name="newest"),
        Aggregation(function=Function.DISTINCT_COUNT, field="field", window=SHORT, name="kinds"),
    )
    entity = Entity(name="user", join_keys=("user",))
    view = FeatureView(name="any", entity=entity, source="visits", aggregations=aggregations)
    values = {"string": "a", "bigint": "1", "double": "1.5", "boolean": "false", "date": "2024-01-31"}
    value = values.get(kind, "2024-01-31 10:00:00.000001")
    events = frame(
        spark,
        "user string, event_timestamp timestamp, record_key string",
        "u1 10:00 k1 \n u1 10:01 k2 \n u1 10:02 k3",
    )
    typed = events.withColumn("field", F.when(F.col("record_key") != "k3", F.lit(value).cast(kind)))

    rows = everywhere(typed, view, schema)

    assert rows.schema["newest"].dataType == typed.schema["field"].dataType
    texts = rows.select(
        "event_timestamp", F.replace(F.col("newest").cast("string"), F.lit(" "), F.lit("_")), "kinds"
    )
    shown = value.replace(" ", "_")
    assert_rows_equal(
        texts,
        f"10:00 {shown} 1 \n 10:01 {shown} 1 \n 10:02 {shown} 1 \n 10:10 {shown} 1 \n 10:11 - 0 \n 10:12 - 0",
    )


def test_keys_of_several_parts_and_types_come_back_as_they_were(spark: SparkSession) -> None:
    fields = (Field(name="user", data_type=DataType.STRING), Field(name="place", data_type=DataType.INT64))
    entity = Entity(name="seat", join_keys=("user", "place"))
    count = Aggregation(function=Function.COUNT, window=SHORT, name="count")
    view = FeatureView(name="seats", entity=entity, source="visits", aggregations=(count,))
    columns = "user string, place bigint, event_timestamp timestamp, record_key string"
    events = frame(spark, columns, "1 11 10:00 k1 \n 11 1 10:00 k2 \n 1 - 10:00 k3 \n - 1 10:00 k4")

    rows = everywhere(events, view, Schema(fields=fields))

    assert_rows_equal(rows, "1 11 10:00 1 \n 1 11 10:10 0 \n 11 1 10:00 1 \n 11 1 10:10 0")


def test_an_entity_stays_whole_however_batches_fall() -> None:
    entities = ["a", "a", "b", "c", "c", "c", "c", "d"]
    for size in range(1, 9):
        pieces = [entities[start : start + size] for start in range(0, 8, size)]
        batches = [pa.RecordBatch.from_pydict({"_entity": piece}) for piece in [[], *pieces]]

        whole = [table["_entity"].to_pylist() for table in _whole_entities(iter(batches))]

        assert whole == [["a", "a"], ["b"], ["c"] * 4, ["d"]]
