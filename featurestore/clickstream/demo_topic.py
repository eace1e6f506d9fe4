"""The demo's topic: filled wave by wave, from where an interrupted run stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.clickstream.definitions import CLICKSTREAM
from featurestore.clickstream.inputs import PARTITIONS, WAVES, stream_messages
from featurestore.errors import SourceNotFound
from featurestore.kafka_topics import create_topic, delete_topic, describe_topic, produce

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.kafka_topics import TopicState

TOPIC = CLICKSTREAM.topic


def begin_topic(bootstrap: str, *, anew: bool) -> TopicState:
    """The demo's topic; with `anew` an older one, left by a lake that is gone, is dropped first."""
    if anew:
        try:
            describe_topic(bootstrap, TOPIC)
        except SourceNotFound:
            pass
        else:
            delete_topic(bootstrap, TOPIC)
    return create_topic(bootstrap, TOPIC, partitions=PARTITIONS)


def fill_topic(bootstrap: str, dataset: Path, *, upto_wave: int) -> int:
    """Produces what the topic lacks of the waves up to and with `upto_wave`; how many messages that were.

    Each partition's messages come in one order, so its end offset says how many are there.
    """
    topic = describe_topic(bootstrap, TOPIC)
    there = {one.partition: one.end_offset for one in topic.partitions}
    waves = [number for number in sorted(WAVES) if number <= upto_wave]
    missing = []
    for key, value, partition in (message for wave in waves for message in stream_messages(dataset, wave)):
        if there[partition] > 0:
            there[partition] -= 1
        else:
            missing.append((key, value, partition))
    return produce(bootstrap, TOPIC, missing) if missing else 0
