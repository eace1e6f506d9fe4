"""Where a source's events come from."""

from __future__ import annotations

import pytest

from featurestore.config import load_profile
from featurestore.definitions import Project
from featurestore.errors import InvalidRequest, MissingSetting, UnknownDefinition
from featurestore.steps.sources import bootstrap_of, file_source_of, kafka_source_of
from tests.helpers.events import clicks, clicks_stream

FILES = clicks(path="clicks/*.jsonl")
BOTH = clicks_stream("clicks", batch_source=FILES)
STREAM = clicks_stream("clicks")


def project(*sources: object) -> Project:
    return Project(name="shop", sources=sources)  # type: ignore[arg-type]


def test_files_are_those_of_the_source_or_of_its_batch_source() -> None:
    assert file_source_of(project(FILES), "clicks") == FILES
    assert file_source_of(project(BOTH), "clicks") == FILES
    assert kafka_source_of(project(BOTH), "clicks") == BOTH


def test_what_a_source_lacks_is_named() -> None:
    with pytest.raises(InvalidRequest, match="a batch_source, to read files"):
        file_source_of(project(STREAM), "clicks")
    with pytest.raises(InvalidRequest, match="a KafkaSource, to read a topic"):
        kafka_source_of(project(FILES), "clicks")
    with pytest.raises(UnknownDefinition):
        file_source_of(project(FILES), "orders")


def test_a_profile_names_its_broker_or_lacks_it() -> None:
    named = load_profile("local", overrides={"kafka.bootstrap": "broker:9092"}, variables={})

    assert bootstrap_of(named) == "broker:9092"
    with pytest.raises(MissingSetting, match=r"kafka\.bootstrap"):
        bootstrap_of(load_profile("local", variables={}))
