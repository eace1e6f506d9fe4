"""The flow on a model's page, from real tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.step_requests import HistoryRequest, ScoreRequest, TrainRequest
from featurestore.steps.history import history
from featurestore.steps.page_flow import flow_of, rejected_of
from featurestore.steps.saved_rows import SavedRows
from featurestore.steps.score import score
from featurestore.steps.train import train
from featurestore.training.model_versions import load_card
from tests.helpers.shop import a_days_visits, ingest, lake_at

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


def test_every_table_and_saved_thing_is_a_stage_with_its_instants(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="flowing"))
    saved = SavedRows(open_shop.spark, open_shop.root_uri)
    card = load_card(root_uri=open_shop.root_uri, name="flowing")
    asked = (
        open_shop.project.service("buyers"),
        card,
        saved.existing_training_set("visits"),
        saved.existing_split("visits"),
    )

    before = flow_of(open_shop, *asked)
    score(open_shop, ScoreRequest(model="flowing"))
    after = flow_of(open_shop, *asked)

    assert [stage.name for stage in after] == [
        "events/visits",
        "features/small/v1",
        "training_sets/visits",
        "models/flowing",
        "predictions/flowing",
    ]
    assert before[-1].lines == ()
    assert "inserted" in after[-1].lines[0].said
    commits = history(open_shop, HistoryRequest(table="events/visits")).commits
    assert [line.instant for line in after[0].lines] == [one.instant for one in reversed(commits)]
    assert "read " in after[0].lines[0].said
    assert f"{card.train_rows:,} rows" in after[3].lines[0].said


def test_rejected_rows_are_counted_by_reason_and_field(spark: SparkSession, tmp_path: Path) -> None:
    lake = lake_at(spark, tmp_path)
    good = a_days_visits()[:5]
    broken = [{**good[0], "id": f"b{number}", "time": "noon"} for number in range(2)]
    assert rejected_of(lake, "visits") == ()

    ingest(lake, tmp_path, [*good, *broken, {**good[1], "id": "b9", "pieces": "many"}])

    found = rejected_of(lake, "visits")
    assert [(one.field, one.rows) for one in found] == [("time", 2), ("pieces", 1)]
    assert all(one.reason and one.example for one in found)
