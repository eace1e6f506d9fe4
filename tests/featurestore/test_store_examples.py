"""The examples in the docstrings of `FeatureStore`: one session, from an empty lake to predictions."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from featurestore.clickstream.definitions import PROJECT
from featurestore.clickstream.generator import StreamSpec, generate
from featurestore.kafka_topics import create_topic, produce
from featurestore.store import FeatureStore

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.dev.kafka import BrokerStatus

FIRST_SESSION = (
    "FeatureStore",
    "plan",
    "apply",
    "ingest_batch",
    "pin_input",
    "validate",
    "ingest_rows",
    "history",
    "compute_features",
    "read",
    "preview",
    "get_historical_features",
    "pin_tables",
    "build_training_set",
    "split",
    "training_rows",
    "train",
    "evaluate",
    "register_model",
    "promote",
    "roll_back",
    "measure_drift",
    "score",
    "models",
    "report_model",
)
"""In this order each example finds what it needs."""

WITH_A_BROKER = ("ingest_stream",)


def examples(name: str) -> doctest.DocTest:
    """The examples of the class or one of its methods."""
    item = FeatureStore if name == "FeatureStore" else getattr(FeatureStore, name)
    (found,) = doctest.DocTestFinder(recurse=False).find(item, name, globs={})
    return found


def run(names: tuple[str, ...], shared: dict[str, Any]) -> list[str]:
    """What went wrong in these examples, which see each other's names."""
    failures: list[str] = []
    for name in names:
        test = examples(name)
        test.globs = shared
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=failures.append, clear_globs=False)
    return failures


def test_every_public_method_has_an_example() -> None:
    methods = {name for name in dir(FeatureStore) if not name.startswith("_")}

    assert {"FeatureStore", *methods} == {*FIRST_SESSION, *WITH_A_BROKER}
    assert [name for name in (*FIRST_SESSION, *WITH_A_BROKER) if not examples(name).examples] == []


@pytest.mark.spark
def test_the_examples_are_a_first_session(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    failures = run(FIRST_SESSION, {})

    assert not failures, "".join(failures)


@pytest.mark.spark
@pytest.mark.kafka
def test_the_example_with_a_topic_runs_beside_a_broker(
    spark: SparkSession, kafka_broker: BrokerStatus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kafka_broker.bootstrap
    create_topic(kafka_broker.bootstrap, "examples", partitions=1)
    spec = StreamSpec(seed=1, events=20, malformed_fraction=0.1)
    messages = [(event.key.encode(), event.value, 0) for event in generate(spec)]
    produce(kafka_broker.bootstrap, "examples", messages)
    source = msgspec.structs.replace(PROJECT.source("clickstream"), topic="examples")
    project = msgspec.structs.replace(PROJECT, sources=(source,))
    monkeypatch.chdir(tmp_path)
    store = FeatureStore("local", project=project, overrides={"kafka.bootstrap": kafka_broker.bootstrap})

    failures = run(WITH_A_BROKER, {"store": store})

    assert not failures, "".join(failures)
    assert store.preview("events/clickstream").rows_total == 18
