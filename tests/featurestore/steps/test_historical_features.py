"""Features for rows of one's own: each row once, in order, with what was true at its time."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from featurestore.errors import (
    InTheFuture,
    InvalidRequest,
    NaiveTimestamp,
    RowCountMismatch,
    TableNotFound,
    UnknownDefinition,
)
from featurestore.offline.frames import collected
from featurestore.steps.historical_features import check_columns, check_rows, historical_features, join_keys
from tests.helpers.frames import at
from tests.helpers.shop import BUYERS, TWO_VIEWS, compute, events, ingest, lake_at

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from featurestore.steps.workspace import Workspace

COUNT = "small__visits_10m"


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two visits of `u1`, and both views computed from them."""
    folder = tmp_path_factory.mktemp("asked")
    workspace = lake_at(spark, folder)
    ingest(workspace, folder, events("e1 u1 10:00 home 2 \n e2 u1 10:05 cart -"))
    compute(workspace, "small")
    compute(workspace, "pages")
    return workspace


def answer(lake: Workspace, rows: Any, service: str = "buyers", **options: Any) -> pa.Table:
    return collected(historical_features(lake, rows, service=service, **options))


def asked(*rows: tuple[str | None, str | None], **columns: Any) -> pa.Table:
    """Rows of user and time, and columns beside them."""
    times = [None if time is None else at(time) for _, time in rows]
    return pa.table(
        {
            **columns,
            "user": pa.array([user for user, _ in rows], pa.string()),
            "event_timestamp": pa.array(times, pa.timestamp("us", "UTC")),
        }
    )


@pytest.mark.spark
def test_each_row_comes_once_in_order_with_what_was_true_then(lake: Workspace) -> None:
    rows = asked(
        ("u1", "10:06"), ("u2", "10:06"), ("u1", "10:04"), ("u1", "10:06"), ("u1", "09:59"), ("u1", "10:30")
    )

    found = answer(lake, rows)

    assert found.schema.names == ["user", "event_timestamp", *BUYERS.feature_columns]
    assert found.select(rows.schema.names).equals(rows)
    assert found[COUNT].to_pylist() == [2, None, 1, 2, None, 0]
    assert found["small__pieces_30m"].to_pylist() == [2, None, 2, 2, None, 0]


@pytest.mark.spark
def test_many_equal_rows_keep_their_number_and_their_order(lake: Workspace) -> None:
    rows = asked(*[("u1", "10:06"), ("u2", "10:06"), ("u1", "10:06")] * 500, nth=list(range(1500)))

    found = answer(lake, rows)

    assert found["nth"].to_pylist() == list(range(1500))
    assert found[COUNT].to_pylist() == [2, None, 2] * 500


@pytest.mark.spark
def test_further_columns_stay_untouched(lake: Workspace) -> None:
    further = {
        "record_key": ["own"],
        "Total Price": pa.array([None], pa.int64()),
        "a.b": [float("inf")],
        "colour": pa.array(["red"]),
        "bought_at": pa.array([datetime(2024, 6, 2, tzinfo=timezone.utc)], pa.timestamp("us", "UTC")),
    }
    rows = asked(("u1", "10:06"), **further)

    found = answer(lake, rows)

    assert found.select(rows.schema.names).equals(rows)


@pytest.mark.spark
def test_a_key_or_time_that_is_null_has_no_features(lake: Workspace) -> None:
    found = answer(lake, asked((None, "10:06"), ("u1", None), ("u1", "10:06")))

    assert found[COUNT].to_pylist() == [None, None, 2]


@pytest.mark.spark
def test_views_of_several_entities_are_joined_by_their_own_keys(lake: Workspace) -> None:
    found = answer(lake, asked(("u1", "10:06"), ("u2", "10:06"), page=["help", "cart"]), service="two_views")

    assert found[COUNT].to_pylist() == [2, None]
    assert found["pages__visits_30m"].to_pylist() == [None, 1]


@pytest.mark.spark
def test_every_kind_of_frame_is_asked_alike(lake: Workspace) -> None:
    times = pd.Series([at("10:06"), at("10:04")]).dt.tz_convert("Asia/Tokyo")
    rows = pd.DataFrame({"user": pd.Categorical(["u1", "u1"]), "event_timestamp": times})
    rows.index = pd.Index([5, 5])
    encoded = pa.table(
        {"user": pa.array(["u1", "u1"]).dictionary_encode(), "event_timestamp": pa.array(times)}
    )
    of_spark = lake.spark.createDataFrame(
        [("u1", at("10:06")), ("u1", at("10:04"))], "user string, event_timestamp timestamp"
    )

    answers = [
        answer(lake, given)[COUNT].to_pylist() for given in (rows, encoded, of_spark, encoded.to_batches()[0])
    ]

    assert answers == [[2, 1]] * 4


@pytest.mark.spark
def test_no_rows_have_no_answers_but_columns(lake: Workspace) -> None:
    untyped = pd.DataFrame({"user": [], "event_timestamp": []})

    for rows in (untyped, asked()):
        found = answer(lake, rows)
        assert found.num_rows == 0
        assert found.schema.field("event_timestamp").type == pa.timestamp("us", "UTC")
        assert found.schema.field(COUNT).type == pa.int64()


@pytest.mark.spark
def test_tables_are_read_as_of_a_time(lake: Workspace, tmp_path: Path) -> None:
    grown = lake_at(lake.spark, tmp_path)
    ingest(grown, tmp_path, events("e1 u1 10:00 home 2"))
    compute(grown)
    between = datetime.now(timezone.utc)
    ingest(grown, tmp_path, events("e2 u1 10:05 cart 1"))
    compute(grown)
    rows = asked(("u1", "10:06"))

    assert answer(grown, rows)[COUNT].to_pylist() == [2]
    assert answer(grown, rows, as_of=between)[COUNT].to_pylist() == [1]


@pytest.mark.spark
def test_a_key_of_another_type_would_match_nothing_and_is_refused(lake: Workspace) -> None:
    rows = pd.DataFrame({"user": [1.0], "event_timestamp": [at("10:00")]})

    with pytest.raises(InvalidRequest, match=r"'user'.*expected string.*got 'double'"):
        answer(lake, rows)
    with pytest.raises(InvalidRequest, match="'event_timestamp'"):
        answer(lake, rows.assign(user="u1", event_timestamp="2024-06-01"))


@pytest.mark.spark
def test_a_time_without_zone_is_refused(lake: Workspace) -> None:
    rows = pd.DataFrame({"user": ["u1"], "event_timestamp": pd.to_datetime(["2024-06-01T10:00:00"])})

    with pytest.raises(NaiveTimestamp, match="event_timestamp"):
        answer(lake, rows)


@pytest.mark.spark
def test_an_answer_of_another_length_is_never_given(lake: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(rows: DataFrame, *_: object) -> DataFrame:
        return rows.limit(1)

    monkeypatch.setattr("featurestore.steps.historical_features.features_at", lossy)

    with pytest.raises(RowCountMismatch, match="expected 2 rows, got 1"):
        answer(lake, asked(("u1", "10:06"), ("u1", "10:06")))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["event_timestamp"], "none named user"),
        (["user"], "none named event_timestamp"),
        (["user", "Event_Timestamp"], "none named event_timestamp"),
        (["user", "event_timestamp", "Small__Visits_10m"], "Small__Visits_10m"),
    ],
)
def test_columns_that_are_missing_or_taken_are_named(names: list[str], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        check_columns(names, BUYERS)


def test_the_keys_of_all_views_are_needed_each_once() -> None:
    assert join_keys(TWO_VIEWS) == ("user", "page")


@pytest.mark.spark
def test_what_cannot_be_is_refused_before_spark_is_needed(lake: Workspace, tmp_path: Path) -> None:
    rows = asked(("u1", "10:00"))

    check_rows(lake, rows, service="buyers")
    with pytest.raises(UnknownDefinition):
        check_rows(lake, rows, service="nothing")
    with pytest.raises(InTheFuture):
        check_rows(lake, rows, service="buyers", as_of=datetime(2999, 1, 1, tzinfo=timezone.utc))
    with pytest.raises(TableNotFound):
        check_rows(lake_at(lake.spark, tmp_path), rows, service="buyers")
