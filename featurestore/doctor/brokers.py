"""Kafka: whether it answers, and whether the topics of the project's sources can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions import load_project
from featurestore.dev.bootstrap import with_dev_broker
from featurestore.doctor.finding import Finding, NotAsNeededError, NotLookedAtError, Outcome, looked
from featurestore.kafka_topics import cluster_id, describe_topic, read_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

_SECONDS = 3.0


def brokers(profile: Profile) -> Iterator[Finding]:
    """The brokers of the profile, or the development broker of this checkout."""
    bootstrap = with_dev_broker(profile).kafka.bootstrap
    answered = looked("kafka", lambda: _answers(bootstrap), fix="Correct kafka.bootstrap.")
    yield answered
    if bootstrap is None or answered.outcome is not Outcome.PASS:
        return
    for topic in _topics(profile):
        yield looked(
            f"topic {topic}",
            lambda topic=topic: _read(bootstrap, topic),  # type: ignore[misc]
            fix="Allow reading the topic.",
        )


def _answers(bootstrap: str | None) -> str:
    if bootstrap is None:
        raise NotLookedAtError(
            "kafka.bootstrap is not set, and no broker runs here; `featurestore dev kafka up` starts one"
        )
    return f"{bootstrap} is cluster {cluster_id(bootstrap, timeout_seconds=_SECONDS)}"


def _topics(profile: Profile) -> list[str]:
    sources = load_project(profile.project).sources
    return sorted({str(topic) for one in sources if (topic := getattr(one, "topic", None))})


def _read(bootstrap: str, topic: str) -> str:
    """To know how much there is, and to read it, are two rights."""
    held = describe_topic(bootstrap, topic, timeout_seconds=_SECONDS)
    filled = [one for one in held.partitions if one.end_offset > one.beginning_offset]
    messages = sum(one.end_offset - one.beginning_offset for one in filled)
    told = f"{len(held.partitions)} partitions, {messages} messages"
    if not filled:
        return f"{told}, so that none was read"
    partition = filled[0].partition
    if read_first(bootstrap, topic, partition=partition, timeout_seconds=_SECONDS) is None:
        raise NotAsNeededError(f"{told}, and none of partition {partition} came within {_SECONDS:g} s")
    return told
