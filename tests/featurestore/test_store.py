"""The object a data scientist holds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.errors import (
    ArtifactNotFound,
    InvalidRequest,
    NaiveTimestamp,
    TableNotFound,
    UnknownDefinition,
    UsageError,
)
from featurestore.store import FeatureStore
from tests.helpers import shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession


def store_at(folder: Path) -> FeatureStore:
    overrides = {
        "storage.root_uri": str(folder / "lake"),
        "state_directory": str(folder / "state"),
        "spark.driver_memory": "2g",
        "spark.shuffle_partitions": 2,
    }
    return FeatureStore("local", project=shop.PROJECT, overrides=overrides)


def test_making_one_starts_and_imports_no_engine() -> None:
    program = (
        "import json, sys; from featurestore import FeatureStore; FeatureStore('local');"
        "print(json.dumps([n for n in ('pyspark', 'py4j', 'pandas', 'kafka') if n in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


def test_a_loaded_profile_is_taken_as_it_is(tmp_path: Path) -> None:
    profile = load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})

    assert FeatureStore(profile).profile is profile
    with pytest.raises(InvalidRequest, match="overrides"):
        FeatureStore(profile, overrides={"storage.root_uri": "/tmp/other"})


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda store: store.ingest_batch("nothing"), UnknownDefinition),
        (lambda store: store.ingest_stream("visits"), InvalidRequest),
        (lambda store: store.compute_features("nothing"), UnknownDefinition),
        (lambda store: store.read("events/visits"), TableNotFound),
        (lambda store: store.preview("nothing"), TableNotFound),
        (lambda store: store.read("events/visits", as_of="yesterday"), UsageError),
        (lambda store: store.read("events/visits", as_of="2024-03-01T00:00:00"), NaiveTimestamp),
        (lambda store: store.read("events/visits", as_of=datetime(2024, 3, 1)), NaiveTimestamp),  # noqa: DTZ001
        (lambda store: store.history("nothing"), TableNotFound),
        (lambda store: store.build_training_set("nothing", "march"), UnknownDefinition),
        (lambda store: store.split("nothing"), ArtifactNotFound),
        (lambda store: store.split("nothing", by="luck"), InvalidRequest),
        (lambda store: store.split("nothing", test_fraction=1.0), InvalidRequest),
        (lambda store: store.train("nothing", "m"), ArtifactNotFound),
        (lambda store: store.train("nothing", "m", algorithm="magic"), InvalidRequest),
        (lambda store: store.evaluate("m", "nothing"), ArtifactNotFound),
        (lambda store: store.score("nothing"), ArtifactNotFound),
        (lambda store: store.score("nothing", since="soon"), InvalidRequest),
    ],
)
def test_what_cannot_be_is_refused(
    call: Callable[[FeatureStore], Any], error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        call(store_at(tmp_path))


@pytest.mark.spark
def test_each_method_is_its_step(spark: SparkSession, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    path = tmp_path / "visits.jsonl"
    first, second = shop.events("e1 u1 10:00 home 2 \n e2 u2 10:05 cart 3")
    path.write_text(json.dumps(first) + "\n")

    assert store.ingest_batch("visits", str(path)).inserted == 1
    between = datetime.now(timezone.utc)
    time.sleep(0.01)
    path.write_text(json.dumps(second) + "\n")
    assert store.ingest_batch("visits", str(path)).inserted == 1
    assert store.compute_features("small").mode == "full"

    assert [row["id"] for row in store.read("events/visits", as_of=between).collect()] == ["e1"]
    assert store.preview("events/visits", between.isoformat()).rows_total == 1
    assert store.read("features/small").count() == 2
    assert len(store.history("events/visits").commits) == 2
