"""The profile: every value that may differ from one place to another, checked once and then trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from featurestore.config.cluster import (
    MEMORY,
    DriverSettings,
    ExecutorSettings,
    IdentitySettings,
    ImageSettings,
    KubernetesSettings,
    LimitSettings,
    PriceSettings,
)
from featurestore.config.pipelines import NotificationSettings, PipelineSettings
from featurestore.errors import InvalidSetting


@dataclass(frozen=True, kw_only=True)
class StorageSettings:
    """Where tables, training sets and models live."""

    root_uri: str
    """Root of the lake: an absolute path or a URI whose scheme `config.clouds` knows."""

    time_travel_horizon_days: int = 30
    """How far back a table can be read; older file versions may be cleaned."""

    endpoint: str | None = None
    """Where an object store of one's own answers, such as `http://minio.minio.svc:9000`."""

    region: str | None = None
    """Where the bucket lies, for stores that ask."""

    def __post_init__(self) -> None:
        if self.time_travel_horizon_days < 1:
            raise InvalidSetting(
                "storage.time_travel_horizon_days",
                received=self.time_travel_horizon_days,
                expected="a whole number of days, 1 or more",
            )


@dataclass(frozen=True, kw_only=True)
class KafkaSettings:
    """How to reach Kafka."""

    bootstrap: str | None = None
    """`host:port[,host:port]`; absent: the broker that `featurestore dev kafka up` started."""

    max_events_per_batch: int = 500_000
    """Upper bound of one bounded read, over all partitions."""

    def __post_init__(self) -> None:
        if self.max_events_per_batch < 1:
            raise InvalidSetting(
                "kafka.max_events_per_batch", received=self.max_events_per_batch, expected="1 or more"
            )


@dataclass(frozen=True, kw_only=True)
class SparkSettings:
    """How big the Spark session of a step is."""

    master: str = "local[2]"
    driver_memory: str = "3g"
    """Java notation, such as "3g" or "1500m"."""

    shuffle_partitions: int = 4

    def __post_init__(self) -> None:
        if not MEMORY.fullmatch(self.driver_memory):
            raise InvalidSetting(
                "spark.driver_memory", received=self.driver_memory, expected='a size such as "3g" or "1500m"'
            )
        if self.shuffle_partitions < 1:
            raise InvalidSetting(
                "spark.shuffle_partitions", received=self.shuffle_partitions, expected="1 or more"
            )


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One place to run: its lake, its Kafka, its Spark and the project whose definitions it serves."""

    name: str
    project: str
    """`package.module:attribute` of the `Project`."""

    state_directory: str
    """Local folder for logs, the development broker and caches of this checkout."""

    storage: StorageSettings
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    spark: SparkSettings = field(default_factory=SparkSettings)
    kubernetes: KubernetesSettings = field(default_factory=KubernetesSettings)
    driver: DriverSettings = field(default_factory=DriverSettings)
    executors: ExecutorSettings = field(default_factory=ExecutorSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    image: ImageSettings = field(default_factory=ImageSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    prices: PriceSettings = field(default_factory=PriceSettings)
    pipelines: PipelineSettings = field(default_factory=PipelineSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)

    def table_uri(self, table: str) -> str:
        """URI of a table by its path in the lake, such as `events/clickstream`."""
        return f"{self.storage.root_uri.rstrip('/')}/{table}"

    def to_json(self) -> dict[str, Any]:
        """Plain data; holds no secret, because a profile never does."""
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return plain
