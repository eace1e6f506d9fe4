"""Training sets: right at every row, recorded with their origin, and the same for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from featurestore.definitions import definition_hash
from featurestore.errors import (
    ArtifactExists,
    DefinitionError,
    InvalidRequest,
    NotEnoughRows,
    UnknownInstant,
)
from featurestore.files import list_names
from featurestore.instants import tables_text
from featurestore.offline.encoding import table_digest
from featurestore.step_requests import BuildTrainingSetRequest
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.saved_rows import SavedRows
from tests.helpers.frames import assert_rows_equal, at
from tests.helpers.shop import BUYERS, PROJECT, compute, events, ingest, lake_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.step_reports import TrainingSetReport
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark

COLUMNS = "id user time page pieces session"


@dataclass(frozen=True, kw_only=True)
class History:
    """A lake in which training set `first` was built before more events came; tests add other names."""

    lake: Workspace
    first: TrainingSetReport
    before: datetime
    """When `first` had been built, and nothing newer was there."""
    behind: TrainingSetReport
    """`first` asked for again when events had come and features had not."""


@pytest.fixture(scope="module")
def history(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> History:
    folder = tmp_path_factory.mktemp("history")
    lake = lake_at(spark, folder)
    early = """
        e1 u1 10:00 home 1 s1
        e2 u1 10:04 cart 2 s1
        e3 u1 10:34 buy  1 -
        e4 u2 10:30 home 4 s2
        e5 u3 11:30 home 1 s3
        e6 -  11:10 home 1 s4
    """
    ingest(lake, folder, events(early, columns=COLUMNS))
    compute(lake)
    first = build(lake, "first")
    before = datetime.now(timezone.utc)
    ingest(
        lake,
        folder,
        events("e7 u2 10:29 help 5 s9 \n e8 u2 11:30 buy 1 - \n e9 u4 13:00 home 1 -", columns=COLUMNS),
    )
    behind = build(lake, "first")
    compute(lake)
    return History(lake=lake, first=first, before=before, behind=behind)


def build(lake: Workspace, name: str, *, as_of: datetime | None = None) -> TrainingSetReport:
    return build_training_set(lake, BuildTrainingSetRequest(service="buyers", name=name, as_of=as_of))


def test_each_ripe_session_is_one_row_with_its_features_and_label(history: History) -> None:
    saved = SavedRows(history.lake.spark, history.lake.root_uri)

    rows = saved.read("first", saved.existing_training_set("first").folder)

    assert rows.columns == [
        "record_key",
        "user",
        "session",
        "page",
        "event_timestamp",
        "buys",
        *BUYERS.feature_columns,
    ]
    assert_rows_equal(rows.drop("record_key"), "u1 s1 cart 10:04 1 2 3 cart \n u2 s2 home 10:30 0 1 4 home")
    assert (history.first.rows, history.first.positives, history.first.unripe_rows) == (2, 1, 1)


def test_the_manifest_says_what_it_was_made_from(history: History) -> None:
    saved = SavedRows(history.lake.spark, history.lake.root_uri)

    manifest = saved.existing_training_set("first")

    assert manifest.service_hash == definition_hash(BUYERS)
    assert sorted(manifest.instants) == ["events/visits", "features/small/v1"]
    assert manifest.digest == table_digest(saved.read("first", manifest.folder)) == history.first.digest
    assert (manifest.rows, manifest.positives, manifest.unripe_rows) == (2, 1, 1)
    assert (manifest.profile, manifest.as_of, manifest.known_as_of) == ("local", None, "latest")
    assert (manifest.label_horizon_seconds, manifest.longest_window_seconds) == (3600, 1800)


def test_events_without_features_yet_change_nothing(history: History) -> None:
    assert history.behind.reused
    assert history.behind.digest == history.first.digest


def test_a_name_that_was_built_from_older_events_is_refused(history: History) -> None:
    with pytest.raises(ArtifactExists, match="other instants"):
        build(history.lake, "first")


def test_as_of_an_earlier_time_it_equals_the_one_built_then(history: History) -> None:
    again = build(history.lake, "as_then", as_of=history.before)

    assert not again.reused
    assert (again.digest, again.instants) == (history.first.digest, history.first.instants)
    assert build(history.lake, "first", as_of=history.before).reused


def test_the_commits_of_its_views_can_be_named_in_place_of_a_time(history: History) -> None:
    tables = tables_text(history.first.instants)

    again = build_training_set(
        history.lake, BuildTrainingSetRequest(service="buyers", name="by_commits", tables=tables)
    )

    assert (again.instants, again.digest) == (history.first.instants, history.first.digest)


def test_rows_can_be_chosen_by_a_value_of_the_event_that_they_are_asked_about_at(history: History) -> None:
    tables = tables_text(history.first.instants)

    def asked(name: str, only: str) -> BuildTrainingSetRequest:
        return BuildTrainingSetRequest(service="buyers", name=name, tables=tables, only=only)

    cart = build_training_set(history.lake, asked("carts", "page=cart"))
    home = build_training_set(history.lake, asked("homes", "page=home"))
    assert cart.rows + home.rows == history.first.rows
    assert cart.rows > 0 < home.rows
    with pytest.raises(ArtifactExists, match="other only"):
        build_training_set(history.lake, asked("carts", "page=home"))
    with pytest.raises(DefinitionError, match="Field 'colour'"):
        build_training_set(history.lake, asked("none", "colour=red"))


def test_commits_that_are_not_there_or_not_of_its_views_are_refused(history: History) -> None:
    def asked(tables: str) -> BuildTrainingSetRequest:
        return BuildTrainingSetRequest(service="buyers", name="none", tables=tables)

    with pytest.raises(InvalidRequest, match="a commit of features/small/v1"):
        build_training_set(history.lake, asked("features/pages/v1@20240101000000000"))
    with pytest.raises(UnknownInstant):
        build_training_set(history.lake, asked("features/small/v1@20240101000000000"))
    with pytest.raises(InvalidRequest, match="one of as_of and tables"):
        BuildTrainingSetRequest(service="buyers", name="none", tables="a@b", as_of=history.before)


def test_late_events_change_features_and_labels_of_a_new_one(history: History) -> None:
    second = build(history.lake, "second")

    saved = SavedRows(history.lake.spark, history.lake.root_uri)
    rows = saved.read("second", saved.existing_training_set("second").folder).drop("record_key")
    assert second.digest != history.first.digest
    assert_rows_equal(
        rows,
        """
        u1 s1 cart 10:04 1 2 3 cart
        u2 s2 home 10:30 1 2 9 home
        u2 s9 help 10:29 0 1 5 help
        u3 s3 home 11:30 0 1 1 home
        """,
    )


def test_a_killed_build_is_no_training_set(history: History) -> None:
    saved = SavedRows(history.lake.spark, history.lake.root_uri)
    saved.write(history.lake.spark.range(3).toDF("half"), "killed", kind="rows")

    report = build(history.lake, "killed")

    assert not report.reused
    folder = saved.existing_training_set("killed").folder
    assert saved.read("killed", folder).count() == report.rows == 4
    assert len(list_names(saved.folder("killed"))) == 3


def test_a_row_is_saved_once_its_whole_horizon_is_known(
    open_lake: Callable[..., Workspace], tmp_path: Path
) -> None:
    lake = open_lake(PROJECT)
    ingest(lake, tmp_path, events("e1 u1 10:00 home 1 s1", columns=COLUMNS))
    compute(lake)

    with pytest.raises(NotEnoughRows, match="whose horizon has passed"):
        build(lake, "visits")
    assert SavedRows(lake.spark, lake.root_uri).training_set("visits") is None

    ingest(lake, tmp_path, events("e2 u1 11:00 buy 1 -", columns=COLUMNS))
    assert compute(lake).newest_event_timestamp == at("11:00")
    report = build(lake, "visits")
    assert (report.rows, report.positives, report.unripe_rows) == (1, 1, 0)
