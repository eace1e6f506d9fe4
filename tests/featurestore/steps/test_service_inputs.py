"""The tables of a service, read at instants that belong together."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from featurestore.definitions import Project
from featurestore.errors import BeforeFirstCommit, DefinitionError, FeaturesBehind, PastHorizon, TableNotFound
from featurestore.instants import to_micros
from featurestore.steps.service_inputs import read_service_inputs
from tests.helpers.cleaning import clean_all_but_the_newest
from tests.helpers.frames import DAY, assert_rows_equal, at
from tests.helpers.shop import PAGE_VIEW, PROJECT, SMALL, TWO_VIEWS, VISITS, compute, events, ingest, lake_at

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark

ORDERS = msgspec.structs.replace(VISITS, name="orders")
ORDERED = msgspec.structs.replace(PAGE_VIEW, name="ordered", source="orders")
TWO_SOURCES = msgspec.structs.replace(TWO_VIEWS, name="two_sources", views=(SMALL, ORDERED))
ALL = Project(
    name="shop",
    sources=(VISITS, ORDERS),
    views=(SMALL, PAGE_VIEW, ORDERED),
    services=(*PROJECT.services, TWO_SOURCES),
)
BUYERS = ALL.service("buyers")


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """View `small` has seen both batches of visits, `pages` the first one only; `orders` came in between."""
    folder = tmp_path_factory.mktemp("inputs")
    workspace = lake_at(spark, folder, ALL)
    ingest(workspace, folder, events("e1 u1 10:00 home 1"))
    compute(workspace, "pages")
    ingest(workspace, folder, events("o1 u1 12:00 home 1"), source="orders")
    compute(workspace, "ordered")
    ingest(workspace, folder, events("e2 u1 10:01 home 1"))
    compute(workspace, "small")
    ingest(workspace, folder, events("e3 u1 10:02 home 1"))
    return workspace


def test_events_are_read_at_the_instant_that_the_features_state(lake: Workspace) -> None:
    inputs = read_service_inputs(lake, BUYERS, as_of=None)

    assert_rows_equal(inputs.events.select("id", "event_timestamp"), "e1 10:00 \n e2 10:01")
    assert inputs.newest_event_micros == to_micros(at("10:01"))
    assert inputs.instants["events/visits"] == str(inputs.source_instant)
    assert set(inputs.features) == {"small"}


def test_views_of_one_source_at_different_instants_are_refused(lake: Workspace) -> None:
    with pytest.raises(FeaturesBehind, match=r"pages from .*small from"):
        read_service_inputs(lake, TWO_VIEWS, as_of=None)


def test_events_that_were_cleaned_away_are_an_error_and_no_missing_rows(
    lake: Workspace, tmp_path: Path
) -> None:
    shutil.copytree(lake.root_uri.removeprefix("file://"), tmp_path / "lake")
    copied = lake_at(lake.spark, tmp_path, ALL)
    clean_all_but_the_newest(copied.lake.events("visits"))

    with pytest.raises(PastHorizon, match="run `featurestore features compute`"):
        read_service_inputs(copied, BUYERS, as_of=None)

    assert compute(copied, "small").mode == "full"
    assert read_service_inputs(copied, BUYERS, as_of=None).events.count() == 3


def test_views_of_two_sources_each_stand_at_their_own_instant(lake: Workspace) -> None:
    inputs = read_service_inputs(lake, TWO_SOURCES, as_of=None)

    assert set(inputs.features) == {"small", "ordered"}
    assert inputs.newest_event_micros == to_micros(at("10:01"))


def test_a_spine_that_no_view_reads_is_read_as_it_is_now(lake: Workspace) -> None:
    service = msgspec.structs.replace(TWO_SOURCES, name="orders_only", views=(ORDERED,))

    inputs = read_service_inputs(lake, service, as_of=None)

    assert inputs.events.count() == 3
    assert inputs.newest_event_micros == to_micros(at("10:02"))


def test_a_definition_changed_since_the_run_is_refused(lake: Workspace) -> None:
    changed = msgspec.structs.replace(SMALL, aggregations=SMALL.aggregations[:1])
    service = msgspec.structs.replace(BUYERS, views=(changed,))
    project = Project(name="shop", sources=(VISITS,), views=(changed,), services=(service,))

    with pytest.raises(DefinitionError, match="another definition of the same version"):
        read_service_inputs(replace(lake, project=project), service, as_of=None)


def test_before_the_first_run_there_is_nothing_to_read(lake: Workspace) -> None:
    with pytest.raises(BeforeFirstCommit):
        read_service_inputs(lake, BUYERS, as_of=DAY)


def test_a_view_that_was_never_computed_is_named(lake: Workspace) -> None:
    absent = msgspec.structs.replace(SMALL, name="absent")
    service = msgspec.structs.replace(BUYERS, views=(absent,))

    with pytest.raises(TableNotFound, match="features/absent/v1"):
        read_service_inputs(lake, service, as_of=None)
