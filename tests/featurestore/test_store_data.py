"""Verbs on data: frames in, frames out, and when they are read."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from featurestore.errors import (
    InTheFuture,
    InvalidRequest,
    NaiveTimestamp,
    TableNotFound,
    UnknownDefinition,
    UsageError,
)
from tests.helpers import shop
from tests.helpers.frames import at
from tests.helpers.stores import store_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.store import FeatureStore

ASKED = pd.DataFrame({"user": ["u1"], "event_timestamp": [at("10:00")]})


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda store: store.ingest_batch("nothing"), UnknownDefinition),
        (lambda store: store.ingest_stream("visits"), InvalidRequest),
        (lambda store: store.ingest_rows("nothing", ASKED), UnknownDefinition),
        (lambda store: store.ingest_rows("visits", [1]), InvalidRequest),
        (lambda store: store.compute_features("nothing"), UnknownDefinition),
        (lambda store: store.read("events/visits"), TableNotFound),
        (lambda store: store.read("events/visits", frame="polars"), InvalidRequest),
        (lambda store: store.read("events/visits", as_of="yesterday"), UsageError),
        (lambda store: store.read("events/visits", as_of="2024-03-01T00:00:00"), NaiveTimestamp),
        (lambda store: store.read("events/visits", as_of=datetime(2024, 3, 1)), NaiveTimestamp),  # noqa: DTZ001
        (lambda store: store.preview("nothing"), TableNotFound),
        (lambda store: store.history("nothing"), TableNotFound),
        (lambda store: store.get_historical_features(ASKED, "nothing"), UnknownDefinition),
        (lambda store: store.get_historical_features(ASKED, "buyers"), TableNotFound),
        (lambda store: store.get_historical_features(ASKED, "buyers", frame="polars"), InvalidRequest),
        (lambda store: store.get_historical_features(ASKED[["user"]], "buyers"), InvalidRequest),
        (lambda store: store.get_historical_features([1], "buyers"), InvalidRequest),
    ],
)
def test_what_cannot_be_is_refused_before_spark_starts(
    call: Callable[[FeatureStore], Any],
    error: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("featurestore.steps.prepare.open_workspace", None)

    with pytest.raises(error):
        call(store_at(tmp_path))


@pytest.mark.spark
def test_each_method_is_its_step(spark: SparkSession, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    path = tmp_path / "visits.jsonl"
    first, second = shop.events("e1 u1 10:00 home 2 \n e2 u2 10:05 cart 3")
    path.write_text(json.dumps(first) + "\n")

    assert store.ingest_batch("visits", str(path)).inserted == 1
    lazy = store.read("events/visits")
    between = datetime.now(timezone.utc)
    time.sleep(0.01)
    path.write_text(json.dumps(second) + "\n")
    assert store.ingest_batch("visits", str(path)).inserted == 1
    assert store.compute_features("small").mode == "full"

    assert [row["id"] for row in lazy.collect()] == ["e1"], "a later commit showed in a frame read before"
    assert [row["id"] for row in store.read("events/visits", as_of=between).collect()] == ["e1"]
    assert store.preview("events/visits", between.isoformat()).rows_total == 1
    assert store.read("features/small").count() == 2
    assert len(store.history("events/visits").commits) == 2


@pytest.mark.spark
def test_frames_go_in_and_come_out(spark: SparkSession, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    events = shop.events("e1 u1 10:00 home 2 \n e2 u2 10:05 cart -")

    assert store.ingest_rows("visits", pa.Table.from_pylist(events)).inserted == 2
    assert store.compute_features("small").mode == "full"

    pandas = store.read("events/visits", frame="pandas")
    assert pandas.id.tolist() == ["e1", "e2"]
    assert pandas.pieces.tolist() == [2, pd.NA]
    arrow = store.read("features/small", frame="arrow")
    assert arrow.schema.field("event_timestamp").type == pa.timestamp("us", "UTC")
    assert arrow["record_key"].to_pylist() == sorted(arrow["record_key"].to_pylist())


@pytest.mark.spark
def test_the_answer_is_the_kind_of_frame_that_was_given(spark: SparkSession, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.ingest_rows("visits", pa.Table.from_pylist(shop.events("e1 u1 10:00 home 2")))
    store.compute_features("small")
    asked = pa.Table.from_pandas(ASKED)

    assert store.get_historical_features(ASKED, "buyers").small__visits_10m.tolist() == [1]
    assert store.get_historical_features(asked, "buyers")["small__visits_10m"].to_pylist() == [1]
    spark_rows = store.get_historical_features(ASKED, "buyers", frame="spark")
    assert isinstance(spark_rows, DataFrame)
    assert isinstance(store.get_historical_features(spark_rows.select(*ASKED.columns), "buyers"), DataFrame)
    with pytest.raises(InTheFuture):
        store.get_historical_features(ASKED, "buyers", as_of="2999-01-01T00:00:00Z")
