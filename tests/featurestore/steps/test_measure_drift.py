"""How far current rows have moved from a model's train rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactNotFound
from featurestore.step_requests import MeasureDriftRequest, TrainRequest
from featurestore.steps.measure_drift import measure_drift
from featurestore.steps.prepare import prepare
from featurestore.steps.train import train

if TYPE_CHECKING:
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


def test_rows_of_all_times_have_not_moved_and_those_of_the_last_hours_have(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="watched"))

    steady = measure_drift(open_shop, MeasureDriftRequest(model="watched", since=timedelta(days=365)))
    moved = measure_drift(
        open_shop, MeasureDriftRequest(model="watched", version=1, since=timedelta(hours=10), threshold=0.001)
    )

    assert (steady.version, steady.training_set, steady.drifted) == (1, "visits", ())
    assert set(steady.drift) == set(open_shop.project.service("buyers").feature_columns)
    assert steady.instants == moved.instants != {}
    assert moved.drifted == tuple(name for name, index in moved.drift.items() if (index or 0) >= 0.001)
    assert moved.drifted
    assert list(moved.drift)[: len(moved.drifted)] == list(moved.drifted)
    assert moved.current_rows < steady.current_rows


def test_it_measures_the_commits_that_it_is_given(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="watched"))
    newest = measure_drift(open_shop, MeasureDriftRequest(model="watched"))

    tables = ",".join(f"{name}@{instant}" for name, instant in newest.instants.items())
    assert measure_drift(open_shop, MeasureDriftRequest(model="watched", tables=tables)) == newest


def test_a_model_that_is_not_there_is_told_before_spark_starts(
    open_shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("featurestore.steps.prepare.open_workspace", None)

    with pytest.raises(ArtifactNotFound):
        prepare(open_shop.profile, MeasureDriftRequest(model="nothing"), open_shop.project)
