"""What changed between two states of events, and how far that reaches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from pyspark.sql import functions as F

from featurestore.definitions import Entity
from featurestore.instants import Instant, to_micros
from featurestore.offline.aggregate import FROM, UNTIL
from featurestore.offline.changes import (
    all_ranges,
    changed_facts,
    events_in_reach,
    newest_micros,
    touched_ranges,
)
from tests.helpers.frames import assert_rows_equal, at, frame, lines
from tests.helpers.shop import SMALL, VISITS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

STATE = (
    "record_key string, id string, version bigint, content_digest string, known_order bigint,"
    " is_deleted boolean, user string, event_timestamp timestamp, _hoodie_commit_time string"
)
SINCE = Instant("20240601000000000")
OLD, NEW = "20240601000000000", "20240601000000001"
EVENTS = "user string, event_timestamp timestamp"


def shown(facts: DataFrame) -> DataFrame:
    return facts.select("record_key", "version", "user")


def test_new_old_and_moved_facts_show_and_untouched_ones_do_not(spark: SparkSession) -> None:
    before = frame(
        spark,
        STATE,
        f"""
        same  a 1 d1 0 false u1 10:00 {OLD}
        moved b 1 d1 0 false u1 10:00 {OLD}
        gone  c 1 d1 0 false u1 10:00 {OLD}
        """,
    )
    after = frame(
        spark,
        STATE,
        f"""
        same  a 1 d1 0 false u1 10:00 {OLD}
        moved b 2 d2 0 false u2 10:00 {NEW}
        gone  c 2 d2 0 true  u1 10:00 {NEW}
        fresh d 1 d1 0 false u3 10:00 {NEW}
        """,
    )

    facts = changed_facts(before, after, VISITS, since=SINCE)

    assert_rows_equal(shown(facts), "moved 1 u1 \n moved 2 u2 \n gone 1 u1 \n fresh 1 u3")


def test_a_fact_rewritten_without_a_change_is_none(spark: SparkSession) -> None:
    before = frame(spark, STATE, f"same a 1 d1 0 false u1 10:00 {OLD}")
    after = frame(spark, STATE, f"same a 1 d1 5 false u1 10:00 {NEW} \n born b 1 d1 0 true u1 10:00 {NEW}")

    assert lines(changed_facts(before, after, VISITS, since=SINCE)) == []


def test_of_kept_versions_only_the_greatest_can_change_a_fact(spark: SparkSession) -> None:
    kept = msgspec.structs.replace(VISITS, keeps_versions=True)
    before = frame(spark, STATE, f"a2 a 2 d2 0 false u1 10:00 {OLD} \n b1 b 1 d1 0 false u1 10:00 {OLD}")
    added = frame(spark, STATE, f"a1 a 1 d1 0 false u9 10:00 {NEW} \n b2 b 2 d2 0 false u2 10:00 {NEW}")

    facts = changed_facts(before, before.unionByName(added), kept, since=SINCE)

    assert_rows_equal(shown(facts), "b1 1 u1 \n b2 2 u2")


def test_a_column_that_came_in_between_is_null_in_old_images(spark: SparkSession) -> None:
    before = frame(spark, STATE, f"moved b 1 d1 0 false u1 10:00 {OLD}")
    after = frame(spark, STATE, f"moved b 2 d2 0 false u2 10:00 {NEW}").withColumn("shade", F.lit("red"))

    facts = changed_facts(before, after, VISITS, since=SINCE)

    assert_rows_equal(facts.select("version", "shade"), "1 - \n 2 red")


def test_a_change_reaches_as_far_as_the_longest_window(spark: SparkSession) -> None:
    facts = frame(spark, EVENTS, "u1 10:00 \n u1 11:00 \n u2 10:05 \n - 10:00")

    ranges = touched_ranges(facts, SMALL)

    times = ranges.select("user", F.timestamp_micros(FROM), F.timestamp_micros(UNTIL))
    assert_rows_equal(times, "u1 10:00 11:30 \n u2 10:05 10:35")


def test_events_up_to_one_window_before_a_range_help_to_compute_it(spark: SparkSession) -> None:
    ranges = touched_ranges(frame(spark, EVENTS, "u1 10:00"), SMALL)
    events = frame(
        spark,
        EVENTS,
        "u1 09:29:59.999999 \n u1 09:30 \n u1 10:30 \n u1 10:30:00.000001 \n u2 10:00 \n - 10:00",
    )

    reached = events_in_reach(events, ranges, SMALL)

    assert_rows_equal(reached.select("user", "event_timestamp"), "u1 09:30 \n u1 10:30")


def test_all_ranges_hold_entities_of_events_and_of_rows_that_stand(spark: SparkSession) -> None:
    events = frame(spark, EVENTS, "u1 10:00 \n u1 11:00 \n - 10:00")
    stored = frame(spark, "user string, is_deleted boolean", "u1 false \n u2 false \n u3 true")
    old = frame(spark, EVENTS, "u1 10:00").withColumn(
        "event_timestamp", F.lit("0001-01-01").cast("timestamp")
    )

    ranges = all_ranges(events, stored, SMALL)

    assert_rows_equal(ranges.select("user"), "u1 \n u2")
    assert events_in_reach(old, ranges, SMALL).count() == 1


def test_a_composite_key_with_a_null_part_is_no_entity(spark: SparkSession) -> None:
    view = msgspec.structs.replace(SMALL, entity=Entity(name="seat", join_keys=("user", "place")))
    facts = frame(
        spark,
        "user string, place string, event_timestamp timestamp",
        "u1 - 10:00 \n - p1 10:00 \n u1 p1 10:00",
    )

    assert_rows_equal(touched_ranges(facts, view).select("user", "place"), "u1 p1")


def test_the_newest_event_is_told_to_the_microsecond(spark: SparkSession) -> None:
    events = frame(spark, EVENTS, "u1 10:00 \n - 10:00:00.000001")

    assert newest_micros(events) == to_micros(at("10:00") + timedelta(microseconds=1))
    assert newest_micros(events.limit(0)) is None
