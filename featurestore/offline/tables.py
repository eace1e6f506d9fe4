"""Which table holds what: layouts of events, quarantine, features and predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from featurestore.offline.hudi_table import HudiTable, TableLayout

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.config import Profile

EVENTS = TableLayout(
    partition_by="event_date",
    order_by=("version", "content_digest", "known_order"),
    moves_between_partitions=True,
)
"""A greater version wins; of equal versions the greater content digest; of equal content the first known."""

QUARANTINE = TableLayout(partition_by="reason", order_by=("version",), moves_between_partitions=True)
"""One row per place in a source; the latest judgement wins."""

FEATURES = TableLayout(partition_by="event_month", order_by=("version",), moves_between_partitions=False)
"""One row per entity and time, which also decides the partition; the newer source instant wins."""

TABLE_DEPTHS = ("events/*", "quarantine/*", "features/*/*", "predictions/*")
"""Where tables lie, as patterns."""

_LAYOUTS = {"events": EVENTS, "quarantine": QUARANTINE, "features": FEATURES, "predictions": FEATURES}


@dataclass(frozen=True, kw_only=True)
class Lake:
    """The tables under one root."""

    spark: SparkSession
    profile: Profile

    def table(self, name: str) -> HudiTable:
        """The table at this path in the lake, such as `events/clickstream`, whether it exists or not."""
        return HudiTable(
            spark=self.spark,
            uri=self.profile.table_uri(name),
            name=name,
            layout=_LAYOUTS[name.split("/", maxsplit=1)[0]],
            horizon_days=self.profile.storage.time_travel_horizon_days,
            shuffle_partitions=self.profile.spark.shuffle_partitions,
        )

    def events(self, source: str) -> HudiTable:
        """The events of a source."""
        return self.table(f"events/{source}")

    def quarantine(self, source: str) -> HudiTable:
        """The rejected rows of a source."""
        return self.table(f"quarantine/{source}")
