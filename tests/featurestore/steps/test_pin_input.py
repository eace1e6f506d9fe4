"""What a run reads, fixed before it reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.definitions import Project
from featurestore.errors import InvalidRequest, KafkaGap, MissingSetting, SourceNotFound
from featurestore.kafka_ranges import PinnedRanges
from featurestore.kafka_topics import create_topic, delete_topic, produce
from featurestore.step_requests import IngestBatchRequest, IngestStreamRequest, PinInputRequest
from featurestore.steps.ingest_batch import ingest_batch
from featurestore.steps.ingest_stream import ingest_stream
from featurestore.steps.pin_input import pin_input
from tests.helpers.events import clicks, clicks_stream, event, lake_at, stored, write_lines

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.dev.kafka import BrokerStatus
    from featurestore.step_reports import PinInputReport
    from featurestore.steps.workspace import Workspace

GOOD = b'{"id": "%d", "at": "2024-03-01T10:00:00Z"}'


def pin(workspace: Workspace, **asked: object) -> PinInputReport:
    request = PinInputRequest(source="clicks", **asked)  # type: ignore[arg-type]
    return pin_input(workspace.profile, workspace.project, request)


def spans(pinned: str) -> list[tuple[int, int, int]]:
    return [(one.partition, one.start, one.end) for one in PinnedRanges.from_text(pinned).ranges]


@pytest.fixture
def bootstrap(kafka_broker: BrokerStatus) -> str:
    assert kafka_broker.bootstrap
    return kafka_broker.bootstrap


def fill(bootstrap: str, topic: str, numbers: range) -> None:
    produce(bootstrap, topic, [(None, GOOD % number, number % 2) for number in numbers])


@pytest.mark.spark
@pytest.mark.kafka
def test_ranges_follow_the_table_and_stay_while_nothing_is_new(
    spark: SparkSession, bootstrap: str, tmp_path: Path
) -> None:
    create_topic(bootstrap, "pinned", partitions=2)
    workspace = lake_at(
        spark,
        tmp_path,
        clicks_stream("pinned"),
        kafka__bootstrap=bootstrap,
        kafka__max_events_per_batch=4,
    )
    assert spans(pin(workspace).pinned) == []
    fill(bootstrap, "pinned", range(10))
    first = pin(workspace)
    assert (spans(first.pinned), first.events, first.again) == ([(0, 0, 5), (1, 0, 5)], 10, False)
    fill(bootstrap, "pinned", range(10, 12))

    ingested = ingest_stream(workspace, IngestStreamRequest(source="clicks", pinned=first.pinned))

    assert (ingested.read, ingested.batches) == (10, 3)
    assert len(stored(workspace, "events/clicks", "id")) == 10
    repeated = ingest_stream(workspace, IngestStreamRequest(source="clicks", pinned=first.pinned))
    assert (repeated.read, repeated.batches, repeated.positions) == (0, 0, ingested.positions)
    assert pin(workspace, pinned=first.pinned).pinned == first.pinned

    second = pin(workspace)
    assert spans(second.pinned) == [(0, 5, 6), (1, 5, 6)]
    ingest_stream(workspace, IngestStreamRequest(source="clicks", pinned=second.pinned))
    third = pin(workspace)
    assert (third.pinned, third.again) == (second.pinned, True)


@pytest.mark.spark
@pytest.mark.kafka
def test_ranges_that_pass_over_events_or_of_another_topic_are_refused(
    spark: SparkSession, bootstrap: str, tmp_path: Path
) -> None:
    create_topic(bootstrap, "passed_over", partitions=2)
    workspace = lake_at(spark, tmp_path, clicks_stream("passed_over"), kafka__bootstrap=bootstrap)
    fill(bootstrap, "passed_over", range(4))
    first = pin(workspace).pinned
    ingest_stream(workspace, IngestStreamRequest(source="clicks", pinned=first))
    fill(bootstrap, "passed_over", range(4, 8))
    later = pin(workspace).pinned.replace("0:2-4", "0:3-4")

    with pytest.raises(KafkaGap, match="Another range comes before this one"):
        ingest_stream(workspace, IngestStreamRequest(source="clicks", pinned=later))
    assert len(stored(workspace, "events/clicks", "id")) == 4
    delete_topic(bootstrap, "passed_over")
    create_topic(bootstrap, "passed_over", partitions=2)
    with pytest.raises(KafkaGap, match="created again"):
        pin(workspace, pinned=first)
    with pytest.raises(KafkaGap, match="created again"):
        ingest_stream(workspace, IngestStreamRequest(source="clicks", pinned=first))


@pytest.mark.spark
def test_pinned_files_are_ingested_and_no_other(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "input" / "*.jsonl")
    workspace = lake_at(spark, tmp_path, clicks_stream("clicks", batch_source=clicks(path=path)))
    write_lines(tmp_path / "input" / "a.jsonl", event("a"))
    first = pin(workspace, batch=True)
    write_lines(tmp_path / "input" / "b.jsonl", event("b"))

    ingest_batch(workspace, IngestBatchRequest(source="clicks", pinned=first.pinned))

    assert (first.files, first.events, first.again) == (1, None, False)
    assert stored(workspace, "events/clicks", "id") == [("a",)]
    assert pin(workspace, pinned=first.pinned).again
    assert pin(workspace, path=path).files == 2
    with pytest.raises(InvalidRequest, match="both"):
        pin(workspace, path=path, pinned=first.pinned)


def test_what_is_not_there_is_named_before_anything_is_pinned(tmp_path: Path) -> None:
    profile = load_profile("local", overrides={"storage.root_uri": str(tmp_path / "lake")}, variables={})
    files = Project(name="shop", sources=(clicks(path=str(tmp_path / "none")),))
    stream = Project(name="shop", sources=(clicks_stream("none"),))

    with pytest.raises(SourceNotFound):
        pin_input(profile, files, PinInputRequest(source="clicks"))
    with pytest.raises(MissingSetting):
        pin_input(profile, stream, PinInputRequest(source="clicks"))
    assert not (tmp_path / "lake").exists()
