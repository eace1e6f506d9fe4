"""Predictions: one row for each model version and row asked about, equal when made again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from featurestore.definitions import Project
from featurestore.errors import InvalidRequest
from featurestore.instants import tables_text
from featurestore.step_requests import ReadRequest, ScoreRequest, TrainRequest
from featurestore.steps.read_table import read_table
from featurestore.steps.score import score
from featurestore.steps.train import train
from tests.helpers.shop import BUYERS, PROJECT

if TYPE_CHECKING:
    from featurestore.step_reports import ScoreReport
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def scored(open_shop: Workspace) -> ScoreReport:
    train(open_shop, TrainRequest(training_set="visits", model="buyer-model"))
    return score(open_shop, ScoreRequest(model="buyer-model"))


def test_every_session_end_is_scored_ripe_or_not(open_shop: Workspace, scored: ScoreReport) -> None:
    assert scored.rows == 200
    assert 0 < scored.mean_probability < 1
    assert read_table(open_shop, ReadRequest(table=scored.table)).rows_total == 200


def test_scoring_again_replaces_and_predicts_the_same(open_shop: Workspace, scored: ScoreReport) -> None:
    again = score(open_shop, ScoreRequest(model="buyer-model"))

    assert again.digest == scored.digest
    assert again.instant > scored.instant
    shown = read_table(open_shop, ReadRequest(table=scored.table, limit=1))
    assert shown.rows_total == 200


def test_the_commits_of_its_views_can_be_named(open_shop: Workspace, scored: ScoreReport) -> None:
    again = score(open_shop, ScoreRequest(model="buyer-model", tables=tables_text(scored.instants)))

    assert (again.instants, again.digest) == (scored.instants, scored.digest)


def test_only_recent_rows_can_be_asked_for(open_shop: Workspace, scored: ScoreReport) -> None:
    recent = score(open_shop, ScoreRequest(model="buyer-model", since=timedelta(hours=9)))

    assert recent.rows == 50


def test_rows_can_be_chosen_by_a_value(open_shop: Workspace, scored: ScoreReport) -> None:
    found = score(open_shop, ScoreRequest(model="buyer-model", only="page=home"))

    assert 0 < found.rows < scored.rows


def test_predictions_of_two_versions_stand_side_by_side(open_shop: Workspace, scored: ScoreReport) -> None:
    trees = "gradient_boosted_trees"
    train(open_shop, TrainRequest(training_set="visits", model="buyer-model", algorithm=trees))

    second = score(open_shop, ScoreRequest(model="buyer-model", since=timedelta(hours=9)))
    first = score(open_shop, ScoreRequest(model="buyer-model", version=1))

    assert (second.version, second.rows, first.version) == (2, 50, 1)
    assert first.digest == scored.digest
    assert read_table(open_shop, ReadRequest(table=scored.table)).rows_total == 250


def test_a_changed_service_is_refused(open_shop: Workspace, scored: ScoreReport) -> None:
    label = msgspec.structs.replace(BUYERS.label, horizon=timedelta(hours=2))
    changed = msgspec.structs.replace(BUYERS, label=label)
    project = Project(name="shop", sources=PROJECT.sources, views=PROJECT.views, services=(changed,))

    with pytest.raises(InvalidRequest, match="trained with"):
        score(replace(open_shop, project=project), ScoreRequest(model="buyer-model"))
