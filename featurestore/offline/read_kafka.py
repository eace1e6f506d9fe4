"""Reads bounded offset ranges of a Kafka topic into raw rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.keys import record_key as key_text
from featurestore.offline.encoding import record_key
from featurestore.offline.raw_rows import COORDINATES, POSITION, from_json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from featurestore.kafka_ranges import OffsetRange
    from featurestore.kafka_topics import TopicState


def read_kafka(
    spark: SparkSession,
    topic: TopicState,
    ranges: Sequence[OffsetRange],
    *,
    bootstrap: str,
    names: Sequence[str],
) -> DataFrame:
    """Raw rows (see `raw_rows`) of exactly these ranges; `names` are the fields of the schema.

    A message without value is malformed: this source does not say what its key means.
    """
    options = {
        "kafka.bootstrap.servers": bootstrap,
        "kafka.isolation.level": "read_committed",
        "subscribe": topic.topic,
        "startingOffsets": _offsets(topic, ranges, which="start"),
        "endingOffsets": _offsets(topic, ranges, which="end"),
        "failOnDataLoss": "true",
    }
    messages = spark.read.format("kafka").options(**options).load()
    identity = [("_cluster", T.StringType()), ("_topic", T.StringType()), ("partition", T.IntegerType())]
    place = F.concat(
        F.col("topic"), F.lit("["), F.col("partition").cast("string"), F.lit("]@"), F.col("offset")
    )
    located = (
        messages.withColumn("_cluster", F.lit(topic.cluster_id))
        .withColumn("_topic", F.lit(topic.topic_id))
        .withColumn(COORDINATES, record_key([*identity, ("offset", T.LongType())]))
        .withColumn(POSITION, place)
        .withColumn("_text", F.coalesce(F.col("value").cast("string"), F.lit("")))
    )
    return from_json_text(located, text="_text", names=names)


def coordinates_text(topic: TopicState, partition: int, offset: int) -> str:
    """The coordinates of one message, as `read_kafka` gives them."""
    return key_text([topic.cluster_id, topic.topic_id, partition, offset])


def _offsets(topic: TopicState, ranges: Sequence[OffsetRange], *, which: str) -> str:
    """Spark wants an offset for every partition; one without a range gets the same start and end."""
    known = {one.partition: one for one in ranges}
    offsets = {}
    for partition in topic.partitions:
        one = known.get(partition.partition)
        offsets[str(partition.partition)] = getattr(one, which) if one else partition.end_offset
    return json.dumps({topic.topic: offsets})
