"""How far a service's features have moved from the rows that a model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions.features import window_text
from featurestore.offline.point_in_time import with_row_numbers
from featurestore.offline.service_rows import with_features
from featurestore.page.content import Drift, FeatureDrift
from featurestore.quality.bins import bins_of, rows_by_bin
from featurestore.quality.stability import LARGE, MODERATE, population_stability_index
from featurestore.steps.service_inputs import spine_since

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureService
    from featurestore.steps.service_inputs import ServiceInputs


def feature_drift(
    train_rows: DataFrame,
    inputs: ServiceInputs,
    service: FeatureService,
    *,
    features: Sequence[str],
    since: timedelta,
) -> Drift:
    """The population stability index of each feature, greatest first; current rows need no label yet."""
    current = with_features(
        with_row_numbers(spine_since(inputs, service, since=since)), inputs.features, service
    )
    bins = bins_of(train_rows, features)
    before, now = rows_by_bin(train_rows, bins), rows_by_bin(current, bins)
    found = [
        FeatureDrift(feature=feature, index=population_stability_index(before[feature], now[feature]))
        for feature in features
    ]
    return Drift(
        train_rows=sum(before[features[0]]),
        current_rows=sum(now[features[0]]),
        since=window_text(since),
        moderate=MODERATE,
        large=LARGE,
        features=tuple(sorted(found, key=lambda one: (-(one.index or 0.0), one.feature))),
    )
