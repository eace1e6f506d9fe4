"""A topic into its events table: every event once, whatever is lost or left behind."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import InvalidRequest, KafkaGap, MissingSetting, SourceNotFound
from featurestore.kafka_ranges import position_key
from featurestore.kafka_topics import create_topic, delete_topic, describe_topic, produce
from featurestore.offline.hudi_table import reader_columns
from featurestore.step_requests import IngestStreamRequest
from featurestore.steps.ingest import table_state
from featurestore.steps.ingest_stream import ingest_stream
from tests.helpers.events import (
    TABLE,
    balances,
    clicks,
    clicks_stream,
    copy_of,
    digest,
    event,
    ingest,
    lake_at,
    stored,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.dev.kafka import BrokerStatus
    from featurestore.step_reports import IngestReport
    from featurestore.steps.workspace import Workspace

pytestmark = [pytest.mark.spark, pytest.mark.kafka]

ONCE = IngestStreamRequest(source="clicks", once=True)


@pytest.fixture(scope="module")
def bootstrap(kafka_broker: BrokerStatus) -> str:
    assert kafka_broker.bootstrap
    return kafka_broker.bootstrap


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A lake filled from a topic of two partitions in batches of at most four events."""

    workspace: Workspace
    topic: str
    report: IngestReport


@pytest.fixture(scope="module")
def filled(spark: SparkSession, bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    create_topic(bootstrap, "filled", partitions=2)
    send(bootstrap, "filled", *(event(str(number), amount=number) for number in range(5)))
    send(bootstrap, "filled", event("0", amount=0), "no JSON", partition=1)
    workspace = lake_at(
        spark,
        tmp_path_factory.mktemp("filled"),
        clicks_stream("filled"),
        kafka__bootstrap=bootstrap,
        kafka__max_events_per_batch=4,
    )
    return Filled(workspace=workspace, topic="filled", report=ingest_stream(workspace, ONCE))


def send(bootstrap: str, topic: str, *rows: dict[str, Any] | str, partition: int = 0) -> None:
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    produce(bootstrap, topic, [(None, text.encode(), partition) for text in texts])


def commits_of(workspace: Workspace) -> list[str]:
    return [str(commit.instant) for commit in workspace.lake.events("clicks").timeline().commits]


def test_a_topic_is_drained_in_bounded_batches_and_reported_as_one(filled: Filled) -> None:
    report = filled.report

    assert (report.batches, len(report.instants), report.step) == (3, 3, "ingest_stream")
    assert balances(report)
    assert (report.read, report.accepted, report.rejected) == (7, 5 + report.stale, 1)
    assert report.stale + report.superseded == 1
    assert [(one.reason, one.rows) for one in report.rejections] == [("malformed", 1)]
    assert commits_of(filled.workspace) == list(report.instants)
    assert stored(filled.workspace, TABLE, "id") == [(str(number),) for number in range(5)]


def test_positions_live_in_the_commits(filled: Filled, bootstrap: str) -> None:
    state = describe_topic(bootstrap, filled.topic)

    positions = table_state(filled.workspace.lake.events("clicks")).positions

    assert positions == {position_key(state, 0): 5, position_key(state, 1): 2} == filled.report.positions


def test_a_drained_topic_is_not_read_and_nothing_is_committed(filled: Filled) -> None:
    before = commits_of(filled.workspace)

    again = ingest_stream(filled.workspace, ONCE)

    assert (again.batches, again.read, again.instants) == (0, 0, ())
    assert again.positions == filled.report.positions
    assert commits_of(filled.workspace) == before


def test_losing_all_local_state_changes_nothing(filled: Filled, bootstrap: str, tmp_path: Path) -> None:
    elsewhere = copy_of(filled.workspace, tmp_path, kafka__bootstrap=bootstrap)
    shutil.rmtree(Path(elsewhere.profile.state_directory), ignore_errors=True)

    assert ingest_stream(elsewhere, ONCE).batches == 0


def test_positions_are_found_behind_another_writers_commit(
    filled: Filled, bootstrap: str, tmp_path: Path
) -> None:
    workspace = copy_of(filled.workspace, tmp_path, kafka__bootstrap=bootstrap)
    table = workspace.lake.events("clicks")
    rows = table.read_at(table.timeline().latest_visible())
    table.upsert(rows.select(*reader_columns(rows.columns)).limit(1))

    assert ingest_stream(workspace, ONCE).batches == 0


def test_what_can_no_longer_be_read_stops_the_run_with_the_gap_named(
    spark: SparkSession, bootstrap: str, tmp_path: Path
) -> None:
    from kafka import KafkaAdminClient, TopicPartition

    create_topic(bootstrap, "gap", partitions=1)
    send(bootstrap, "gap", event("a"), event("b"))
    workspace = lake_at(spark, tmp_path, clicks_stream("gap"), kafka__bootstrap=bootstrap)
    ingest_stream(workspace, ONCE)
    before = commits_of(workspace)

    send(bootstrap, "gap", event("c"), event("d"), event("e"))
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.delete_records({TopicPartition("gap", 0): 4})
    admin.close()
    with pytest.raises(KafkaGap, match="2 events are gone"):
        ingest_stream(workspace, ONCE)

    delete_topic(bootstrap, "gap")
    create_topic(bootstrap, "gap", partitions=1)
    send(bootstrap, "gap", event("f"), event("g"), event("h"))
    with pytest.raises(KafkaGap, match="created again"):
        ingest_stream(workspace, ONCE)

    assert commits_of(workspace) == before


def test_files_a_topic_and_increments_make_the_same_table(
    spark: SparkSession, bootstrap: str, tmp_path: Path
) -> None:
    rows = [
        event("a", amount=1),
        event("b", amount=2),
        event("a", at="2024-03-01T12:00:00Z", amount=3),
        event("b", amount=5),
        event("c", amount=-5),
        event("a", at="2024-03-01T11:00:00Z", amount=4),
    ]
    create_topic(bootstrap, "same", partitions=2)
    for number, row in enumerate(rows):
        send(bootstrap, "same", row, partition=number % 2)
    streamed = lake_at(
        spark,
        tmp_path / "stream",
        clicks_stream("same"),
        kafka__bootstrap=bootstrap,
        kafka__max_events_per_batch=4,
    )
    batch, increments = (lake_at(spark, tmp_path / name, clicks()) for name in ("batch", "increments"))

    ingest_stream(streamed, ONCE)
    ingest(batch, *rows)
    for part in (rows[4:], rows[2:4], rows[:2]):
        ingest(increments, *part)

    assert digest(streamed) == digest(batch) == digest(increments)
    assert stored(batch, TABLE, "id", "amount")[0] == ("a", 3)


def test_an_event_is_known_from_when_its_batch_was_read_plus_the_visibility_delay(
    spark: SparkSession, bootstrap: str, tmp_path: Path
) -> None:
    delay = timedelta(hours=1)
    create_topic(bootstrap, "delayed", partitions=1)
    send(bootstrap, "delayed", event("a"))
    source = clicks_stream("delayed", visibility_delay=delay)
    workspace = lake_at(spark, tmp_path, source, kafka__bootstrap=bootstrap)
    start = datetime.now(timezone.utc)

    ingest_stream(workspace, ONCE)

    ((known_at,),) = stored(workspace, TABLE, "known_at")
    read_at = datetime.fromisoformat(known_at.replace("Z", "+00:00")) - delay
    assert start <= read_at <= datetime.now(timezone.utc)


def test_a_run_that_is_asked_to_stop_reads_no_more(filled: Filled) -> None:
    stop = threading.Event()
    stop.set()

    report = ingest_stream(filled.workspace, IngestStreamRequest(source="clicks"), stop=stop)

    assert (report.batches, report.positions) == (0, filled.report.positions)


def test_a_source_without_topic_broker_or_messages_is_an_error(
    spark: SparkSession, bootstrap: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidRequest, match="a KafkaSource"):
        ingest_stream(lake_at(spark, tmp_path, clicks()), ONCE)
    with pytest.raises(MissingSetting, match=r"kafka\.bootstrap"):
        ingest_stream(lake_at(spark, tmp_path, clicks_stream("absent")), ONCE)
    with pytest.raises(SourceNotFound, match="absent"):
        ingest_stream(lake_at(spark, tmp_path, clicks_stream("absent"), kafka__bootstrap=bootstrap), ONCE)
