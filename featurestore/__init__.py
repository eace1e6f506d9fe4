"""Events to features to models, with Spark and Hudi; importing this package needs neither."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from featurestore.config import load_profile
    from featurestore.definitions import (
        Aggregation,
        Entity,
        FeatureService,
        FeatureView,
        Field,
        FileSource,
        KafkaSource,
        Project,
        Schema,
    )
    from featurestore.instants import Instant
    from featurestore.store import FeatureStore

__version__ = "0.1.0"

__all__ = [
    "Aggregation",
    "Entity",
    "FeatureService",
    "FeatureStore",
    "FeatureView",
    "Field",
    "FileSource",
    "Instant",
    "KafkaSource",
    "Project",
    "Schema",
    "load_profile",
]

_HOMES = {
    "Aggregation": "featurestore.definitions",
    "Entity": "featurestore.definitions",
    "FeatureService": "featurestore.definitions",
    "FeatureStore": "featurestore.store",
    "FeatureView": "featurestore.definitions",
    "Field": "featurestore.definitions",
    "FileSource": "featurestore.definitions",
    "Instant": "featurestore.instants",
    "KafkaSource": "featurestore.definitions",
    "Project": "featurestore.definitions",
    "Schema": "featurestore.definitions",
    "load_profile": "featurestore.config",
}
"""The module each public name lives in; it is imported when the name is first used."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
