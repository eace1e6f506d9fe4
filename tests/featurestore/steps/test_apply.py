"""What is applied is what was planned, by one applier at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import BreakingChange, RegistryMoved
from featurestore.registry.generations import Registry
from featurestore.step_requests import ApplyRequest, PlanRequest
from featurestore.steps.apply import apply
from featurestore.steps.plan import plan
from tests.helpers.shop import AGGREGATIONS, SMALL, lake_at
from tests.helpers.shop_projects import with_small

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.step_reports import ApplyReport
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark

WIDER = (*SMALL.aggregations, AGGREGATIONS[1])


@pytest.fixture
def applied(spark: SparkSession, tmp_path: Path) -> Workspace:
    """A lake with the shop's small view as its first generation."""
    workspace = with_small(lake_at(spark, tmp_path))
    assert apply(workspace, ApplyRequest()).generation == 1
    return workspace


def test_what_was_applied_is_in_force_and_applying_it_again_changes_nothing(applied: Workspace) -> None:
    again = apply(applied, ApplyRequest())

    newest = Registry(applied.root_uri).newest()
    assert newest is not None
    assert newest.project == applied.project
    assert (again.generation, again.changes) == (1, ())


def test_apply_does_what_the_plan_said(applied: Workspace) -> None:
    wider = with_small(applied, aggregations=WIDER)
    planned = plan(wider, PlanRequest())

    report = apply(wider, ApplyRequest(plan=planned.plan))

    assert (report.generation, report.changes) == (2, planned.changes)


def test_a_plan_that_no_longer_holds_is_not_carried_out(applied: Workspace) -> None:
    planned = plan(with_small(applied, aggregations=WIDER), PlanRequest())

    with pytest.raises(RegistryMoved):
        apply(with_small(applied, version=2), ApplyRequest(plan=planned.plan))
    apply(with_small(applied, version=2), ApplyRequest())
    with pytest.raises(RegistryMoved):
        apply(with_small(applied, aggregations=WIDER, version=2), ApplyRequest(plan=planned.plan))

    assert Registry(applied.root_uri).generations() == [1, 2]


def test_what_would_break_is_refused_with_what_mends_it(applied: Workspace) -> None:
    fewer = with_small(applied, aggregations=SMALL.aggregations[1:])

    with pytest.raises(BreakingChange, match="view small: give the view version 2") as raised:
        apply(fewer, ApplyRequest())

    assert raised.value.exit_code == 2
    assert Registry(applied.root_uri).generations() == [1]


def test_of_two_appliers_at_once_one_wins_and_the_other_plans_again(applied: Workspace) -> None:
    start = Barrier(2)

    def attempt(workspace: Workspace) -> ApplyReport | RegistryMoved:
        planned = plan(workspace, PlanRequest()).plan
        start.wait()
        try:
            return apply(workspace, ApplyRequest(plan=planned))
        except RegistryMoved as error:
            return error

    both = [with_small(applied, aggregations=WIDER), with_small(applied, version=2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(attempt, both))

    assert sorted(type(one).__name__ for one in found) == ["ApplyReport", "RegistryMoved"]
    assert Registry(applied.root_uri).generations() == [1, 2]
