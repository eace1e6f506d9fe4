"""Label rows: whom a service asks about, what came true afterwards, and what is not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.instants import to_micros
from featurestore.offline.labels import ripe, session_ends, with_label
from tests.helpers.frames import assert_rows_equal, at, frame, lines
from tests.helpers.shop import BUYERS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

EVENTS = "record_key string, user string, session string, event_timestamp timestamp, page string"
SPINE = "user string, session string, page string, event_timestamp timestamp"


def test_a_session_ends_at_its_last_event(spark: SparkSession) -> None:
    events = frame(
        spark,
        EVENTS,
        """
        k1 u1 s1 10:00 home
        k2 u1 s1 10:05 cart
        k3 u1 s2 11:00 -
        k4 u2 s1 10:09 home
        """,
    )

    assert_rows_equal(
        session_ends(events, BUYERS.spine), "u1 s1 cart 10:05 \n u1 s2 - 11:00 \n u2 s1 home 10:09"
    )


def test_of_last_events_of_one_time_the_greatest_record_key_is_carried(spark: SparkSession) -> None:
    events = frame(spark, EVENTS, "k9 u1 s1 10:00 nine \n k10 u1 s1 10:00 ten")

    assert_rows_equal(session_ends(events, BUYERS.spine), "u1 s1 nine 10:00")


def test_events_without_a_user_or_a_session_end_none(spark: SparkSession) -> None:
    events = frame(spark, EVENTS, "k1 - s1 10:00 home \n k2 u1 - 10:00 home")

    assert lines(session_ends(events, BUYERS.spine)) == []


def test_rows_can_be_chosen_by_what_the_last_event_says(spark: SparkSession) -> None:
    events = frame(
        spark,
        EVENTS,
        """
        k1 u1 s1 10:00 home
        k2 u1 s1 10:05 cart
        k3 u1 s2 11:00 home
        k4 u2 s1 10:09 -
        """,
    )

    assert lines(session_ends(events, BUYERS.spine, only=("page", "home"))) == lines(
        frame(spark, SPINE, "u1 s2 home 11:00")
    )
    assert lines(session_ends(events, BUYERS.spine, only=("page", "none"))) == []


def test_a_purchase_counts_after_the_row_and_up_to_the_horizon(spark: SparkSession) -> None:
    spine = frame(
        spark,
        SPINE,
        """
        u1 now   home 10:00
        u2 next  home 10:00
        u3 hour  home 10:00
        u4 later home 10:00
        u5 past  home 10:00
        """,
    )
    events = frame(
        spark,
        EVENTS,
        """
        k1 u1 x 10:00           buy
        k2 u2 x 10:00:00.000001 buy
        k3 u3 x 11:00           buy
        k4 u4 x 11:00:00.000001 buy
        k5 u5 x 09:59:59.999999 buy
        """,
    )

    labelled = with_label(spine, events, BUYERS)

    assert labelled.columns == ["user", "session", "page", "event_timestamp", "buys"]
    assert_rows_equal(labelled.select("session", "buys"), "now 0 \n next 1 \n hour 1 \n later 0 \n past 0")


def test_only_the_labels_value_of_the_same_user_counts(spark: SparkSession) -> None:
    spine = frame(spark, SPINE, "u1 s1 buy 10:00 \n u2 s1 home 10:00 \n u3 s1 - 10:00")
    events = frame(
        spark, EVENTS, "k1 u1 s1 10:30 cart \n k2 - s1 10:30 buy \n k3 u3 - 10:30 buy \n k4 u3 - 10:31 buy"
    )

    labelled = with_label(spine, events, BUYERS)

    assert_rows_equal(labelled, "u1 s1 buy 10:00 0 \n u2 s1 home 10:00 0 \n u3 s1 - 10:00 1")


def test_equal_rows_are_labelled_each(spark: SparkSession) -> None:
    spine = frame(spark, SPINE, "u1 s1 home 10:00 \n u1 s1 home 10:00")
    events = frame(spark, EVENTS, "k1 u1 s2 10:30 buy")

    assert_rows_equal(with_label(spine, events, BUYERS), "u1 s1 home 10:00 1 \n u1 s1 home 10:00 1")


def test_a_row_is_ripe_once_its_whole_horizon_is_known(spark: SparkSession) -> None:
    labels = frame(spark, SPINE, "u1 s1 home 10:00 \n u2 s2 home 10:00:00.000001")

    ripened = ripe(labels, BUYERS, newest_event_micros=to_micros(at("11:00")))

    assert_rows_equal(ripened, "u1 s1 home 10:00")


def test_without_any_event_nothing_is_ripe(spark: SparkSession) -> None:
    labels = frame(spark, SPINE, "u1 s1 home 10:00")

    assert lines(ripe(labels, BUYERS, newest_event_micros=None)) == []
