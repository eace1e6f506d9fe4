"""The story on real pods: events of a file and of a topic, features, a training set, a model; as on a laptop."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream.definitions import CLICKSTREAM, PROJECT
from featurestore.clickstream.demo_topic import begin_topic
from featurestore.clickstream.inputs import prepare, stream_messages
from featurestore.config import load_profile
from featurestore.dev.kafka import status
from featurestore.errors import PipelineFailed
from featurestore.kafka_topics import produce
from featurestore.step_requests import IngestStreamRequest, ReadRequest
from featurestore.store import FeatureStore
from pipelines.names import new_run
from pipelines.pipeline_source import pipeline_document
from pipelines.run_here import cancel_here, run_here
from pipelines.run_records import records_of
from tests.helpers.cluster_lake import cluster_folder, credentials, put

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.config import Profile
    from tests.cluster.conftest import Team

pytestmark = [pytest.mark.cluster, pytest.mark.spark]

SERVICE = "purchase_within_week"
VIEWS = [view.name for view in PROJECT.service(SERVICE).views]
MESSAGES = 1500
SET, MODEL = "week", "buyers"
SECONDS_TO_BEGIN, SECONDS_TO_VANISH = 90, 60


@pytest.fixture(scope="module")
def events(dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of March; the topic holds the beginning of May."""
    bootstrap = str(status(cluster_folder() / "kafka").bootstrap)
    begin_topic(bootstrap, anew=True)
    produce(bootstrap, CLICKSTREAM.topic, stream_messages(dataset_path, 1)[:MESSAGES])
    return prepare(dataset_path, tmp_path_factory.mktemp("inputs")).json_lines


def on_pods(place: Team, events: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The topic by a job, the file and all that follows by a pipeline, whose tasks run here and their jobs on pods.

    The broker's name is one that only pods know, so that no task here can look at the topic.
    """
    uri = f"{place.profile.storage.root_uri}/incoming/march.jsonl"
    put(events, uri)
    for name, value in credentials().items():
        monkeypatch.setenv(name, value)
    place.submit(IngestStreamRequest(source="clickstream", once=True))
    profile = with_runner(place.profile, "native")
    asked = {"path": uri, "training_set": SET, "model": MODEL}
    first, again = (
        run_here(pipeline_document("clickstream"), "clickstream", asked, profile, run=new_run())
        for _ in range(2)
    )
    assert (first["spark_jobs"], again["spark_jobs"], again["reused_from"]) == (10, 0, [first["run"]])
    assert first["metrics"] == again["metrics"]
    reports = {one.step: one.report for one in records_of(again["run"], profile)}
    found, model = reports["build_training_set"], reports["train"]
    read = place.submit(ReadRequest(table="events/clickstream", limit=0))
    return {
        "events": read["digest"],
        "training set": found["digest"],
        "positives": found["positives"],
        "train rows": (model["train_rows"], model["train_positives"], model["features"]),
        "predictions": reports["score"]["rows"],
    }


def with_runner(profile: Profile, runner: str) -> Profile:
    return replace(profile, kubernetes=replace(profile.kubernetes, runner=runner))


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
        "predictions": store.score(MODEL).rows,
    }


def test_the_story_on_pods_gives_what_it_gives_on_a_laptop(
    place: Team, spark: SparkSession, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = on_pods(place, events, monkeypatch)

    assert told == on_a_laptop(tmp_path, events)
    assert told["positives"]


def test_a_pipeline_that_is_cancelled_leaves_nothing_on_the_cluster(
    place: Team, events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, run = with_runner(place.profile, "operator"), new_run()
    for name, value in credentials().items():
        monkeypatch.setenv(name, value)
    asked = {"path": f"{place.profile.storage.root_uri}/incoming/march.jsonl", "max_rejected_fraction": 0.9}
    put(events, str(asked["path"]))
    outcome: list[PipelineFailed] = []
    before = set(place.left())

    def made() -> set[str]:
        """What is there of this run; drivers that ended well stay for a while."""
        return set(place.left()) - before

    def start() -> None:
        try:
            run_here(pipeline_document("ingest"), "ingest", asked, profile, run=run)
        except PipelineFailed as error:
            outcome.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    until = time.monotonic() + SECONDS_TO_BEGIN
    while not [name for name in made() if name.startswith("pod/validate-")]:
        assert time.monotonic() < until, "no driver came"
        time.sleep(1)

    assert cancel_here(run, profile)
    thread.join()
    until = time.monotonic() + SECONDS_TO_VANISH
    while made():
        assert time.monotonic() < until, f"left behind: {made()}"
        time.sleep(1)
    assert len(outcome) == 1
