"""Where each kind of table lies and how it settles rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.offline.events import ORDER
from featurestore.offline.tables import EVENTS, FEATURES, QUARANTINE
from tests.helpers.events import clicks, lake_at

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.offline.hudi_table import TableLayout

pytestmark = pytest.mark.spark


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("events/clicks", EVENTS),
        ("quarantine/clicks", QUARANTINE),
        ("features/user/v1", FEATURES),
        ("predictions/churn", FEATURES),
    ],
)
def test_a_tables_path_says_its_kind(
    spark: SparkSession, tmp_path: Path, name: str, layout: TableLayout
) -> None:
    workspace = lake_at(spark, tmp_path, clicks(), storage__time_travel_horizon_days=7)

    table = workspace.lake.table(name)

    assert (table.name, table.layout, table.horizon_days) == (name, layout, 7)
    assert table.uri == f"{workspace.root_uri}/{name}"


def test_events_and_quarantine_have_their_own_tables(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path, clicks()).lake

    assert (lake.events("clicks").name, lake.quarantine("clicks").name) == (
        "events/clicks",
        "quarantine/clicks",
    )


def test_hudi_orders_events_as_the_project_does() -> None:
    assert EVENTS.order_by == ORDER
