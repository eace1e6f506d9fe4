"""Every error, provoked from the command line: one row a class, and no class without a row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from featurestore import errors
from featurestore.errors_page import attributes_of, concrete_errors
from tests.helpers.next_moves import next_move
from tests.helpers.situations import brokers, clusters, models, runs, tables, without_engines
from tests.helpers.situations.scene import Scene, ran

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.errors import FeatureStoreError

SPARK, KAFKA = pytest.mark.spark, pytest.mark.kafka


@dataclass(frozen=True)
class Row:
    """An error, how its situation is made (it gives the command that meets it), and what that needs."""

    error: type[FeatureStoreError]
    make: Callable[[Scene], list[str]]
    needs: tuple[pytest.MarkDecorator, ...] = ()
    writes: str | None = None
    """What the command, or another writer meanwhile, may leave in the lake, as a pattern of paths; nothing else."""


def asked(*words: str) -> Callable[[Scene], list[str]]:
    """A command that is the whole situation, in a lake where nothing is."""
    return lambda scene: scene.command(*words)


ROWS = (
    Row(errors.UnknownProfile, asked("profile", "show", "--profile", "nowhere")),
    Row(errors.InvalidProfile, without_engines.a_profile_of_no_settings),
    Row(errors.UnknownSetting, asked("profile", "show", "--set", "spark.mastr=local")),
    Row(errors.InvalidSetting, asked("profile", "show", "--set", "spark.driver_memory=much")),
    Row(errors.MissingSetting, without_engines.a_stream_without_a_broker),
    Row(errors.MissingPart, without_engines.a_machine_without_java),
    Row(errors.DefinitionError, without_engines.a_spec_that_contradicts_itself),
    Row(errors.UnknownDefinition, asked("features", "compute", "large")),
    Row(errors.BreakingChange, without_engines.a_feature_defined_otherwise),
    Row(errors.InvalidRequest, asked("split", "visits", "--test-fraction", "1")),
    Row(errors.NaiveTimestamp, asked("read", "events/visits", "--as-of", "2024-03-01T00:00:00")),
    Row(errors.SourceNotFound, asked("ingest", "batch", "visits", "--path", "/no/such/*.jsonl")),
    Row(errors.TableNotFound, asked("read", "events/visits")),
    Row(errors.ArtifactNotFound, asked("split", "visits")),
    Row(errors.ArtifactExists, models.a_split_of_another_kind, (SPARK,)),
    Row(errors.JobNotFound, clusters.a_job_that_is_not_there),
    Row(errors.RunDiffers, clusters.a_run_whose_job_asks_for_something_else),
    Row(errors.BeforeFirstCommit, tables.a_time_before_the_first_commit, (SPARK,)),
    Row(errors.PastHorizon, tables.a_commit_that_was_cleaned_away, (SPARK,)),
    Row(errors.InTheFuture, tables.the_year_3000, (SPARK,)),
    Row(errors.OverlappingCommits, tables.a_writer_that_ended_after_a_later_one, (SPARK,)),
    Row(errors.UnknownInstant, tables.events_filled_again_after_their_features, (SPARK,)),
    Row(errors.ContractViolation, tables.an_event_that_must_not_be, (SPARK,)),
    Row(errors.TooManyRejected, tables.more_bad_events_than_allowed, (SPARK,)),
    Row(errors.SchemaIncompatible, tables.a_field_of_another_type, (SPARK,)),
    Row(errors.KafkaUnreachable, without_engines.a_port_that_nobody_listens_on, (KAFKA,)),
    Row(errors.KafkaRefused, brokers.a_topic_that_no_broker_takes, (KAFKA,)),
    Row(errors.KafkaGap, brokers.a_topic_made_anew, (SPARK, KAFKA)),
    Row(errors.BrokerFailed, brokers.a_broker_that_lost_its_identity, (KAFKA,)),
    Row(errors.EmulatorFailed, brokers.a_port_that_is_taken, (KAFKA,)),
    Row(errors.FeaturesBehind, tables.views_of_different_events, (SPARK,)),
    Row(errors.RowCountMismatch, models.a_join_that_loses_a_row, (SPARK,)),
    Row(errors.GateFailed, models.a_gate_that_no_model_passes, (SPARK,), writes="models/*/1/evaluations/*"),
    Row(errors.NotEnoughRows, models.a_test_part_of_no_rows, (SPARK,)),
    Row(errors.TableBroken, tables.a_table_without_its_properties, (SPARK,)),
    Row(errors.TableMoved, tables.a_commit_during_a_backfill, (SPARK,), writes="features/small/*"),
    Row(errors.ArtifactBroken, without_engines.an_edited_card),
    Row(errors.RegistryMoved, tables.a_plan_that_another_writer_overtook, (SPARK,)),
    Row(errors.ClusterUnreachable, clusters.a_server_that_nobody_runs),
    Row(errors.ClusterRefused, clusters.an_account_without_rights),
    Row(errors.JobFailed, tables.a_job_in_an_empty_lake, (SPARK,)),
    Row(errors.PipelineFailed, runs.a_run_whose_input_is_nowhere, writes="_runs/*"),
    Row(errors.NotificationFailed, runs.a_webhook_that_nobody_serves),
    Row(errors.ImageNotBuilt, without_engines.a_builder_that_has_no_base),
    Row(errors.EngineFailed, tables.a_file_of_noise, (SPARK,)),
)


@pytest.fixture(scope="module")
def grown_shop(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake that situations take copies of."""
    folder = tmp_path_factory.mktemp("grown-shop")
    tables.make_grown_shop(folder)
    return folder


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    if request.node.get_closest_marker("spark"):
        request.getfixturevalue("spark")
    return Scene(folder=tmp_path, request=request, monkeypatch=monkeypatch)


def files(lake: Path) -> dict[str, tuple[int, int]]:
    """What lies in a lake: size and time of change by path."""
    found = (path for path in lake.glob("**/*") if path.is_file())
    return {str(path.relative_to(lake)): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


@pytest.mark.parametrize("row", [pytest.param(row, marks=row.needs, id=row.error.__name__) for row in ROWS])
def test_every_error_is_one_line_one_object_and_its_exit_code(row: Row, scene: Scene) -> None:
    arguments = row.make(scene)
    before = files(scene.lake)

    told = ran(arguments)

    (line,) = told.out.splitlines()
    error = json.loads(line)["error"]
    assert error["type"] == row.error.__name__, error["message"]
    assert told.code == error["exit_code"] == row.error.exit_code
    assert told.err == f"error: {error['message']}\n"
    assert next_move(error["message"])
    assert error["attributes"].keys() == attributes_of(row.error).keys()
    after = files(scene.lake)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path for path in changed if not (row.writes and fnmatch(path, row.writes))} == set()


def test_no_error_is_without_a_row() -> None:
    assert [row.error for row in ROWS] == list(concrete_errors())
