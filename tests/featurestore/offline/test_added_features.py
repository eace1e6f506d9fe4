"""Columns added to stored rows: theirs stay to the bit, the new ones are what a full run gives."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pyspark.sql import functions as F

from featurestore.definitions import Aggregation, DataType, DerivedColumn
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.errors import RowCountMismatch
from featurestore.instants import Instant
from featurestore.offline.added_features import added_rows, checked_rows, with_missing
from featurestore.offline.aggregate import aggregate
from featurestore.offline.changes import all_ranges, events_in_reach
from featurestore.offline.features import table_schema, to_feature_rows
from tests.helpers.frames import assert_rows_equal, frame, lines
from tests.helpers.shop import LONG, SMALL, VISITS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from featurestore.definitions import FeatureView

pytestmark = pytest.mark.spark

INSTANT = Instant("20240601000000001")
REPLACE: Any = msgspec.structs.replace
KINDS = Aggregation(function=Function.DISTINCT_COUNT, window=LONG, field="page", name="kinds_30m")
HOURLY = Aggregation(function=Function.COUNT, window=timedelta(hours=1), name="visits_1h")
SHARE = DerivedColumn(name="share", expression="visits_10m / pieces_30m", data_type=DataType.FLOAT64)


@pytest.fixture(scope="module")
def events(spark: SparkSession) -> DataFrame:
    columns = "record_key string, user string, event_timestamp timestamp, page string, pieces bigint"
    text = "1 u1 10:00 home 2 \n 2 u1 10:10 cart 1 \n 3 u1 11:00 home 3 \n 4 u2 10:05 - - \n 5 - 10:00 home 1"
    return frame(spark, columns, text).persist()


def full(events: DataFrame, view: FeatureView) -> DataFrame:
    reach = events_in_reach(events, all_ranges(events, None, view), view)
    computed = aggregate(reach, view, VISITS.facts_schema)
    return to_feature_rows(computed, view, source_instant=INSTANT)


def added(events: DataFrame, stored: DataFrame, view: FeatureView, *names: str) -> DataFrame:
    schema = VISITS.facts_schema
    rows = added_rows(events, stored, view, schema, added=names, source_instant=INSTANT)
    return checked_rows(rows, stored)[0]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"features": (SHARE,)}, ("share",)),
        ({"aggregations": (*SMALL.aggregations, KINDS)}, ("kinds_30m",)),
        ({"aggregations": (HOURLY, *SMALL.aggregations), "features": (SHARE,)}, ("visits_1h", "share")),
    ],
    ids=["derived", "window it has", "new window"],
)
def test_the_rows_are_those_of_a_full_run(
    events: DataFrame, changes: dict[str, Any], names: tuple[str, ...]
) -> None:
    wider = REPLACE(SMALL, **changes)

    found = added(events, full(events, SMALL), wider, *names)

    expected = full(events, wider)
    assert found.columns == expected.columns
    assert_rows_equal(found, "\n".join(lines(expected)))


@pytest.mark.parametrize("new", [KINDS, HOURLY], ids=["window it has", "new window"])
def test_what_is_stored_is_carried_and_not_computed(events: DataFrame, new: Aggregation) -> None:
    stored = full(events, SMALL).withColumn("pieces_30m", F.lit(77).cast("bigint"))

    found = added(events, stored, REPLACE(SMALL, aggregations=(*SMALL.aggregations, new)), new.name)

    assert {row["pieces_30m"] for row in found.collect()} == {77}


@pytest.mark.parametrize("new", [KINDS, HOURLY], ids=["window it has", "new window"])
@pytest.mark.parametrize(("of_events", "of_stored"), [("2", ""), ("", "4")], ids=["too few", "too many"])
def test_facts_that_do_not_give_the_rows_that_are_stored_stop_the_run(
    events: DataFrame, new: Aggregation, of_events: str, of_stored: str
) -> None:
    facts, earlier = (events.where(F.col("record_key") != lost) for lost in (of_events, of_stored))
    view = REPLACE(SMALL, aggregations=(*SMALL.aggregations, new))

    with pytest.raises(RowCountMismatch):
        added(facts, full(earlier, SMALL), view, new.name)


def test_rows_of_an_earlier_definition_read_null_for_what_they_lack(events: DataFrame) -> None:
    wider = REPLACE(SMALL, aggregations=(*SMALL.aggregations, KINDS), features=(SHARE,))

    found = with_missing(full(events, SMALL), wider, VISITS.facts_schema)

    kinds = {field.name: field.dataType for field in table_schema(wider, VISITS.facts_schema).fields}
    assert {field.name: field.dataType for field in found.schema.fields} == kinds
    assert found.where("kinds_30m is not null or share is not null").count() == 0
