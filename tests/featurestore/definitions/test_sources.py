"""Sources: what an event is and when, out of fields that can say it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from featurestore.definitions import DataType, Field, FileSource, KafkaSource, Schema
from featurestore.definitions.base import from_json
from featurestore.definitions.sources import RESERVED
from featurestore.errors import DefinitionError
from tests.helpers.definitions import FIELDS, SCHEMA, file_source, kafka_source

PRICE_OPTIONAL = {"event_id": ("id", "price")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "my clicks"}, "starting with a letter"),
        ({"event_timestamp": "what"}, "event_timestamp: expected a timestamp field, got 'string'"),
        ({"event_timestamp": "when"}, "Field 'when': expected one of: id, "),
        ({"version": "what"}, "version: expected a int64 or timestamp field"),
        ({"known_at": "id"}, "known_at: expected a timestamp field"),
        ({"is_deleted": "id"}, "is_deleted: expected a boolean field"),
        ({"event_id": ("nothing",)}, "Field 'nothing'"),
        ({"event_id": ("id", "id")}, "names that occur once"),
        (PRICE_OPTIONAL, "an event_id without floating numbers"),
        ({"keeps_versions": True}, "a version and an event_id"),
        ({"keeps_versions": True, "version": "edition", "event_id": ()}, "a version and an event_id"),
        ({"timezone": "Nowhere/Land"}, "a time zone name"),
        ({"timezone": "Europe"}, "a time zone name"),
        ({"timezone": ""}, "a time zone name"),
        ({"timezone": "../etc"}, "a time zone name"),
    ],
)
def test_a_contradiction_is_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        file_source(**changes)
    with pytest.raises(DefinitionError, match=expected):
        kafka_source(**changes)


@pytest.mark.parametrize("role", ["event_timestamp", "version", "known_at"])
def test_a_field_that_orders_events_is_always_there(role: str) -> None:
    optional = Field(name="maybe", data_type=DataType.TIMESTAMP, required=False)

    with pytest.raises(DefinitionError, match=f"{role}: expected a required field, got \"optional 'maybe'\""):
        file_source(schema=Schema(fields=(*FIELDS, optional)), **{role: "maybe"})


def test_a_default_makes_up_for_what_is_missing() -> None:
    defaulted = Field(name="nth", data_type=DataType.INT64, required=False, default=1)

    assert file_source(schema=Schema(fields=(*FIELDS, defaulted)), version="nth").version == "nth"


@pytest.mark.parametrize("name", RESERVED)
def test_our_columns_are_reserved(name: str) -> None:
    field = Field(name=name, data_type=DataType.STRING)

    with pytest.raises(DefinitionError, match="which is ours"):
        file_source(schema=Schema(fields=(*FIELDS, field)))


@pytest.mark.parametrize(
    ("name", "data_type"),
    [
        ("event_timestamp", DataType.TIMESTAMP),
        ("version", DataType.INT64),
        ("known_at", DataType.TIMESTAMP),
        ("is_deleted", DataType.BOOLEAN),
    ],
)
def test_a_reserved_name_may_play_its_own_part(name: str, data_type: DataType) -> None:
    schema = Schema(fields=(*FIELDS, Field(name=name, data_type=data_type)))

    assert getattr(file_source(schema=schema, **{name: name}), name) == name


def test_delays_are_not_negative() -> None:
    with pytest.raises(DefinitionError, match="availability_delay: expected a delay of 0 or more"):
        file_source(availability_delay=timedelta(microseconds=-1))
    with pytest.raises(DefinitionError, match="visibility_delay: expected a delay of 0 or more"):
        kafka_source(visibility_delay=timedelta(microseconds=-1))


@pytest.mark.parametrize("topic", ["", "a b", "ü", "a" * 250])
def test_a_topic_has_a_name_that_kafka_takes(topic: str) -> None:
    with pytest.raises(DefinitionError, match="a topic name"):
        kafka_source(topic=topic)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"name": "orders"}, "name"),
        ({"schema": Schema(fields=FIELDS[:-1])}, "schema"),
        ({"event_id": ("id", "user_id")}, "event_id"),
        ({"version": "edition"}, "version"),
        ({"is_deleted": "gone"}, "is_deleted"),
        ({"version": "edition", "keeps_versions": True}, "version, keeps_versions"),
    ],
)
def test_both_ways_into_a_table_mean_the_same(changes: dict[str, Any], difference: str) -> None:
    with pytest.raises(DefinitionError, match=f"got 'another {difference}'"):
        kafka_source(batch_source=file_source(**changes))


def test_files_may_know_their_times_differently() -> None:
    files = file_source(timezone="Europe/Berlin", availability_delay=timedelta(days=1), path="clicks/*.csv")

    assert kafka_source(batch_source=files).batch_source == files


@pytest.mark.parametrize("source", [file_source(), kafka_source(), kafka_source(batch_source=file_source())])
def test_json_gives_the_same_source(source: FileSource | KafkaSource) -> None:
    assert from_json(type(source), json.loads(json.dumps(source.to_json()))) == source


def test_json_tells_the_kind() -> None:
    assert file_source().to_json()["kind"] == "file"
    assert kafka_source().to_json()["kind"] == "kafka"
    assert SCHEMA.to_json().keys() == {"fields"}
