"""A plan says what would change and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from featurestore.files import join_uri, write_text
from featurestore.registry.generations import Registry
from featurestore.step_requests import PlanRequest
from featurestore.steps.plan import plan, plan_id
from tests.helpers.models import CARD
from tests.helpers.shop import AGGREGATIONS, SMALL, compute, events, ingest, lake_at
from tests.helpers.shop_projects import with_small

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_a_plan_counts_the_rows_that_the_next_runs_will_compute(spark: SparkSession, tmp_path: Path) -> None:
    workspace = with_small(lake_at(spark, tmp_path))
    registry = Registry(workspace.root_uri)
    ingest(workspace, tmp_path, events("1 u1 10:00 home 2 \n 2 u1 10:00 cart 1 \n 3 u2 10:05 help -"))

    before = plan(workspace, PlanRequest())
    compute(workspace)
    registry.add(workspace.project, after=0, code_version="1")
    wider = with_small(workspace, aggregations=(*SMALL.aggregations, AGGREGATIONS[1]))
    (change,) = plan(wider, PlanRequest()).changes

    assert before.generation == 0
    assert {one.name: one.rows_to_recompute for one in before.changes} == {"visits": 0, "small": 3}
    assert (change.detail, change.rows_to_recompute) == ("adds visits_30m", 6)
    assert registry.generations() == [1]


def test_a_plan_names_the_models_of_the_services_it_touches(spark: SparkSession, tmp_path: Path) -> None:
    workspace = lake_at(spark, tmp_path)
    card = replace(CARD, name="buys", version="1", service="buyers")
    write_text(join_uri(workspace.root_uri, "models", "buys", "1", "card.json"), card.to_json())

    changes = {one.name: one.models for one in plan(workspace, PlanRequest()).changes}

    assert (changes["small"], changes["activity"]) == (("buys/1",), ())


def test_a_plan_is_named_after_where_it_starts_and_where_it_goes() -> None:
    assert plan_id(1, "a") == plan_id(1, "a")
    assert len({plan_id(1, "a"), plan_id(2, "a"), plan_id(1, "b")}) == 3
