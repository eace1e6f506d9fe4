"""What a message becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.kafka_ranges import OffsetRange
from featurestore.kafka_topics import create_topic, describe_topic, produce
from featurestore.offline.raw_rows import COORDINATES, FIELDS, MALFORMED, POSITION, RAW
from featurestore.offline.read_kafka import coordinates_text, read_kafka

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.dev.kafka import BrokerStatus


@pytest.mark.spark
@pytest.mark.kafka
def test_exactly_the_range_is_read_and_each_message_knows_its_place(
    spark: SparkSession, kafka_broker: BrokerStatus
) -> None:
    bootstrap = kafka_broker.bootstrap
    assert bootstrap
    create_topic(bootstrap, "ranges", partitions=2)
    values = [b'{"id":"0"}', b'{"id":"1"}', b'{"id":"\xff"}', b"", None, b'{"id":"5"}', b'{"id":"6"}']
    produce(bootstrap, "ranges", [*((b"key", value, 0) for value in values), (None, b'{"id":"other"}', 1)])
    state = describe_topic(bootstrap, "ranges")

    rows = read_kafka(
        spark, state, [OffsetRange(partition=0, start=1, end=6)], bootstrap=bootstrap, names=["id"]
    )

    found = {row[POSITION]: row for row in rows.collect()}
    assert {place: row[FIELDS] and row[FIELDS]["id"] for place, row in found.items()} == {
        "ranges[0]@1": "1",
        "ranges[0]@2": None,
        "ranges[0]@3": None,
        "ranges[0]@4": None,
        "ranges[0]@5": "5",
    }
    assert [place for place, row in found.items() if row[MALFORMED]] == [
        f"ranges[0]@{at}" for at in (2, 3, 4)
    ]
    assert found["ranges[0]@2"][RAW] == '{"id":"\ufffd"}'
    assert found["ranges[0]@5"][COORDINATES] == coordinates_text(state, 0, 5)
