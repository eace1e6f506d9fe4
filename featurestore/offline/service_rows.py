"""The rows of a service: whom it is asked about and when, with the features of its views at that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions.features import feature_column
from featurestore.offline.encoding import key_of
from featurestore.offline.features import standing
from featurestore.offline.point_in_time import ROW, JoinedView, point_in_time_join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureService

RECORD_KEY = "record_key"


def with_features(spine: DataFrame, features: Mapping[str, DataFrame], service: FeatureService) -> DataFrame:
    """Every spine row once, its columns untouched, then `record_key` and the features of each view.

    `features` holds the rows of each view's table by view name. The record key is made of the spine's columns
    and `event_timestamp`. The result comes in no particular order.
    """
    joined = features_at(spine, features, service).drop(ROW)
    keyed = joined.withColumn(RECORD_KEY, key_of(joined, [*service.spine_columns, "event_timestamp"]))
    asked = [name for name in spine.columns if name != ROW]
    return keyed.select(RECORD_KEY, *asked, *service.feature_columns)


def features_at(rows: DataFrame, features: Mapping[str, DataFrame], service: FeatureService) -> DataFrame:
    """Every row once, its columns untouched, then the features of each view, and in no particular order.

    Rows need the join keys of the views and `event_timestamp`; they keep or get the column `_label_row`.
    """
    views = [
        JoinedView(
            rows=standing(features[view.name]),
            keys=view.entity.join_keys,
            columns={name: feature_column(view, name) for name in view.feature_names},
        )
        for view in service.views
    ]
    return point_in_time_join(rows, views)
