"""How far features have moved from the train rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from featurestore.steps.feature_drift import feature_drift
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.service_inputs import read_service_inputs

if TYPE_CHECKING:
    from featurestore.page.content import Drift
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


def drift(lake: Workspace, since: timedelta) -> Drift:
    service = lake.project.service("buyers")
    saved = SavedRows(lake.spark, lake.root_uri)
    return feature_drift(
        saved.read("visits", saved.existing_split("visits").train),
        read_service_inputs(lake, service, as_of=None),
        service,
        features=service.feature_columns,
        since=since,
    )


def test_the_rows_of_all_times_hardly_differ_and_those_of_the_last_hours_do(open_shop: Workspace) -> None:
    everything, lately = drift(open_shop, timedelta(days=365)), drift(open_shop, timedelta(hours=10))

    assert everything.train_rows == lately.train_rows
    assert 0 < lately.current_rows < everything.current_rows
    moved = {one.feature: one.index or 0 for one in everything.features}
    assert set(moved) == set(open_shop.project.service("buyers").feature_columns)
    assert all(index < everything.moderate for index in moved.values())
    assert lately.features[0].index is not None
    assert lately.features[0].index > max(moved.values())
    indexes = [one.index or 0 for one in lately.features]
    assert indexes == sorted(indexes, reverse=True)


def test_without_current_rows_there_is_no_index(open_shop: Workspace) -> None:
    nothing = drift(open_shop, timedelta(0))

    assert nothing.current_rows in {0, 1}
    if not nothing.current_rows:
        assert {one.index for one in nothing.features} == {None}
