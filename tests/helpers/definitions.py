"""Small definitions that tests change one part of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from featurestore.definitions import (
    Aggregation,
    DataType,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    KafkaSource,
    Label,
    Project,
    Schema,
    SessionEnds,
)
from featurestore.definitions.features import AggregationFunction as Function

HOUR = timedelta(hours=1)
USER = Entity(name="user", join_keys=("user_id",))
FIELDS = (
    Field(name="id", data_type=DataType.INT64),
    Field(name="user_id", data_type=DataType.STRING),
    Field(name="session", data_type=DataType.STRING),
    Field(name="what", data_type=DataType.STRING),
    Field(name="price", data_type=DataType.FLOAT64, required=False),
    Field(name="at", data_type=DataType.TIMESTAMP),
    Field(name="edition", data_type=DataType.INT64),
    Field(name="gone", data_type=DataType.BOOLEAN, required=False),
)
SCHEMA = Schema(fields=FIELDS)
COUNT = Aggregation(function=Function.COUNT, window=HOUR)


def file_source(**changes: Any) -> FileSource:
    given: dict[str, Any] = {"name": "clicks", "schema": SCHEMA, "event_id": ("id",), "event_timestamp": "at"}
    return FileSource(**given | changes)


def kafka_source(**changes: Any) -> KafkaSource:
    given: dict[str, Any] = {"name": "clicks", "schema": SCHEMA, "event_id": ("id",), "event_timestamp": "at"}
    return KafkaSource(**given | {"topic": "clicks"} | changes)


def view(**changes: Any) -> FeatureView:
    given: dict[str, Any] = {"name": "activity", "entity": USER, "source": "clicks", "aggregations": (COUNT,)}
    return FeatureView(**given | changes)


def service(**changes: Any) -> FeatureService:
    given: dict[str, Any] = {
        "name": "buying",
        "views": (view(),),
        "spine": SessionEnds(source="clicks", entity=USER, session_field="session"),
        "label": Label(name="buys", field="what", value="purchase", horizon=HOUR),
    }
    return FeatureService(**given | changes)


def project(**changes: Any) -> Project:
    given: dict[str, Any] = {
        "name": "shop",
        "sources": (file_source(),),
        "views": (view(),),
        "services": (service(),),
    }
    return Project(**given | changes)
