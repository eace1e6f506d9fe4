"""The story on real pods: events of a file and of a topic, features, a training set, a model; as on a laptop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream.definitions import CLICKSTREAM, PROJECT
from featurestore.clickstream.demo_topic import begin_topic
from featurestore.clickstream.inputs import prepare, stream_messages
from featurestore.config import load_profile
from featurestore.dev.kafka import status
from featurestore.kafka_topics import produce
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    ReadRequest,
    SplitRequest,
    TrainRequest,
)
from featurestore.store import FeatureStore
from tests.helpers.cluster_lake import cluster_folder, put

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.cluster.conftest import Team

pytestmark = [pytest.mark.cluster, pytest.mark.spark]

SERVICE = "purchase_within_week"
VIEWS = [view.name for view in PROJECT.service(SERVICE).views]
MESSAGES = 1500
SET, MODEL = "week", "buyers"


@pytest.fixture(scope="module")
def events(dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of March; the topic holds the beginning of May."""
    bootstrap = str(status(cluster_folder() / "kafka").bootstrap)
    begin_topic(bootstrap, anew=True)
    produce(bootstrap, CLICKSTREAM.topic, stream_messages(dataset_path, 1)[:MESSAGES])
    return prepare(dataset_path, tmp_path_factory.mktemp("inputs")).json_lines


def on_pods(place: Team, events: Path) -> dict[str, object]:
    uri = f"{place.profile.storage.root_uri}/incoming/march.jsonl"
    put(events, uri)
    place.submit(IngestBatchRequest(source="clickstream", path=uri))
    place.submit(IngestStreamRequest(source="clickstream", once=True))
    for view in VIEWS:
        place.submit(ComputeFeaturesRequest(view=view))
    found = place.submit(BuildTrainingSetRequest(service=SERVICE, name=SET))
    place.submit(SplitRequest(training_set=SET))
    model = place.submit(TrainRequest(training_set=SET, model=MODEL))
    read = place.submit(ReadRequest(table="events/clickstream", limit=0))
    return {
        "events": read["digest"],
        "training set": found["digest"],
        "positives": found["positives"],
        "train rows": (model["train_rows"], model["train_positives"], model["features"]),
    }


def on_a_laptop(folder: Path, events: Path) -> dict[str, object]:
    overrides = {
        "storage.root_uri": str(folder / "lake"),
        "state_directory": str(folder),
        "kafka.bootstrap": status(cluster_folder() / "kafka").bootstrap,
    }
    store = FeatureStore(load_profile("local", overrides=overrides, variables={}))
    store.ingest_batch("clickstream", str(events))
    store.ingest_stream("clickstream")
    for view in VIEWS:
        store.compute_features(view)
    found = store.build_training_set(SERVICE, SET)
    store.split(SET)
    model = store.train(SET, MODEL)
    return {
        "events": store.preview("events/clickstream", limit=0).digest,
        "training set": found.digest,
        "positives": found.positives,
        "train rows": (model.train_rows, model.train_positives, model.features),
    }


def test_the_story_on_pods_gives_what_it_gives_on_a_laptop(
    place: Team, spark: SparkSession, events: Path, tmp_path: Path
) -> None:
    told = on_pods(place, events)

    assert told == on_a_laptop(tmp_path, events)
    assert told["positives"]
