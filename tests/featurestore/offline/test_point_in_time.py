"""The point-in-time join against its definition, and each of its rules by name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from featurestore.offline.point_in_time import ROW, JoinedView, point_in_time_join, with_row_numbers
from tests.helpers.frames import assert_rows_equal, frame, lines
from tests.helpers.oracle import Row, joined

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

LABELS = "user string, event_timestamp timestamp"
ROWS = "user string, event_timestamp timestamp, record_key string, page string"
KEYS = st.tuples(st.sampled_from(["1", "11", "a", None]), st.sampled_from(["1", "11", None]))
CASES = st.tuples(
    st.lists(st.tuples(KEYS, st.integers(0, 8), st.integers(0, 1), st.one_of(st.none(), st.integers(0, 9)))),
    st.lists(st.tuples(KEYS, st.integers(0, 9)), min_size=1, max_size=6),
)
LOOKBACKS = (None, 3, 0)


def join(labels: DataFrame, rows: DataFrame, *, lookback: timedelta | None = None) -> DataFrame:
    """The labels with the page of one view whose key is the user."""
    view = JoinedView(rows=rows, keys=["user"], columns={"page": "page"}, lookback=lookback)
    return point_in_time_join(labels, [view]).drop(ROW)


def random_cases(count: int) -> list[Any]:
    """Many independent cases, as Hypothesis draws them; together they take one job of Spark's."""
    cases: list[Any] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CASES)
    def draw(case: Any) -> None:
        cases.append(case)

    draw()
    return cases


def test_it_equals_the_definition_in_hundreds_of_random_cases(spark: SparkSession) -> None:
    cases = [
        (
            [
                Row(keys, time, known, f"{n * 7 % 10}", value)
                for n, (keys, time, known, value) in enumerate(rows)
            ],
            asked,
        )
        for rows, asked in ((drawn[0][:10], drawn[1]) for drawn in random_cases(400))
    ]
    rows = spark.createDataFrame(
        [
            (case, *r.keys, r.time, r.known_at, r.record_key, r.value)
            for case, (rows, _) in enumerate(cases)
            for r in rows
        ],
        "case int, one string, two string, time bigint, known bigint, record_key string, value int",
    ).selectExpr("*", "timestamp_micros(time) AS event_timestamp", "timestamp_micros(known) AS known_at")
    labels = spark.createDataFrame(
        [
            (case, number, *keys, time)
            for case, (_, asked) in enumerate(cases)
            for number, (keys, time) in enumerate(asked)
        ],
        "case int, number int, one string, two string, time bigint",
    ).selectExpr("*", "timestamp_micros(time) AS event_timestamp")
    views = [
        JoinedView(
            rows=rows,
            keys=["case", "one", "two"],
            columns={"record_key": f"key_{lookback}", "value": f"value_{lookback}"},
            lookback=None if lookback is None else timedelta(microseconds=lookback),
        )
        for lookback in LOOKBACKS
    ]

    received = {(row["case"], row["number"]): row for row in point_in_time_join(labels, views).collect()}

    assert len(cases) >= 200
    assert len(received) == sum(len(asked) for _, asked in cases)
    for case, (known, asked) in enumerate(cases):
        for number, (keys, time) in enumerate(asked):
            row = received[case, number]
            assert ((row["one"], row["two"]), row["time"]) == (keys, time)
            for lookback in LOOKBACKS:
                expected = joined(keys, time, known, lookback=lookback)
                found = (row[f"key_{lookback}"], row[f"value_{lookback}"])
                wanted = (expected.record_key, expected.value) if expected else (None, None)
                assert found == wanted, (known, keys, time, lookback)


def test_a_row_of_the_same_time_counts(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "u1 10:05")
    rows = frame(spark, ROWS, "u1 10:00 k1 home \n u1 10:05 k2 cart \n u1 10:05:00.000001 k3 late")

    assert_rows_equal(join(labels, rows), "u1 10:05 cart")


def test_a_row_exactly_one_lookback_old_counts_and_one_microsecond_older_does_not(
    spark: SparkSession,
) -> None:
    labels = frame(spark, LABELS, "u1 10:05 \n u1 10:05:00.000001")
    rows = frame(spark, ROWS, "u1 10:00 k1 home")

    result = join(labels, rows, lookback=timedelta(minutes=5))

    assert_rows_equal(result, "u1 10:05 home \n u1 10:05:00.000001 -")


def test_a_row_past_the_lookback_hides_no_younger_one_and_shows_no_older_one(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "u1 10:03 \n u1 10:30")
    rows = frame(spark, ROWS, "u1 09:00 k1 old \n u1 10:00 k2 young")

    result = join(labels, rows, lookback=timedelta(minutes=5))

    assert_rows_equal(result, "u1 10:03 young \n u1 10:30 -")


def test_of_rows_of_one_time_the_latest_known_wins_then_the_greatest_record_key(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "u1 10:00 \n u2 10:00")
    rows = frame(
        spark,
        "user string, event_timestamp timestamp, known_at timestamp, record_key string, page string",
        """
        u1 10:00 10:01 z9 early
        u1 10:00 10:02 a1 late
        u2 10:00 10:01 k10 ten
        u2 10:00 10:01 k9  nine
        """,
    )

    assert_rows_equal(join(labels, rows), "u1 10:00 late \n u2 10:00 nine")


def test_duplicate_label_rows_stay(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "u1 10:00 \n u1 10:00 \n u1 10:00")

    result = join(labels, frame(spark, ROWS, "u1 10:00 k1 home"))

    assert_rows_equal(result, "u1 10:00 home \n u1 10:00 home \n u1 10:00 home")


def test_columns_of_labels_come_through_untouched(spark: SparkSession) -> None:
    columns = f"`a note` string, {LABELS}, record_key string, _key string, known_at timestamp, `x.y` double"
    labels = frame(spark, columns, "hello u1 10:00 mine own 10:01 -0.0 \n - - - - - - -")

    result = join(labels, frame(spark, ROWS, "u1 10:00 k1 home"))

    assert result.columns == [*labels.columns, "page"]
    assert_rows_equal(result, "hello u1 10:00 mine own 10:01 -0.0 home \n - - - - - - - -")


def test_a_null_key_matches_nothing_not_even_another_null(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "- 10:00 \n u1 10:00")

    result = join(labels, frame(spark, ROWS, "- 09:00 k1 nobody \n u1 09:00 k2 home"))

    assert_rows_equal(result, "- 10:00 - \n u1 10:00 home")


def test_composite_keys_do_not_run_together(spark: SparkSession) -> None:
    columns = "one string, two string, event_timestamp timestamp"
    labels = frame(spark, columns, "1 11 10:00 \n 11 1 10:00 \n - 111 10:00 \n 111 - 10:00")
    rows = frame(
        spark, f"{columns}, record_key string, page string", "1 11 09:00 k1 home \n 111 - 09:00 k2 cart"
    )
    view = JoinedView(rows=rows, keys=["one", "two"], columns={"page": "page"})

    result = point_in_time_join(labels, [view]).drop(ROW)

    assert_rows_equal(result, "1 11 10:00 home \n 11 1 10:00 - \n - 111 10:00 - \n 111 - 10:00 -")


def test_a_key_never_seen_or_seen_only_later_gives_null(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "u1 10:00 \n u2 10:00")

    assert_rows_equal(join(labels, frame(spark, ROWS, "u2 10:01 k1 home")), "u1 10:00 - \n u2 10:00 -")


def test_a_null_in_the_newest_row_is_not_filled_from_an_older_one(spark: SparkSession) -> None:
    rows = frame(spark, ROWS, "u1 09:00 k1 home \n u1 09:30 k2 -")

    assert_rows_equal(join(frame(spark, LABELS, "u1 10:00"), rows), "u1 10:00 -")


def test_without_any_rows_or_any_labels_nothing_breaks(spark: SparkSession) -> None:
    labels, rows = frame(spark, LABELS, "u1 10:00"), frame(spark, ROWS, "u1 10:00 k1 home")

    assert_rows_equal(join(labels, rows.limit(0)), "u1 10:00 -")
    assert lines(join(labels.limit(0), rows)) == []


def test_hundreds_of_features_of_several_views_come_in_order(spark: SparkSession) -> None:
    names = [f"f{number}" for number in range(130)]
    rows = frame(spark, ROWS, "u1 10:00 k1 home").selectExpr("*", *(f"{n} AS f{n}" for n in range(130)))
    views = [
        JoinedView(rows=rows, keys=["user"], columns={name: f"{view}.{name}" for name in names})
        for view in "ab"
    ]

    result = point_in_time_join(frame(spark, LABELS, "u1 11:00"), views).drop(ROW)

    assert result.columns == [
        "user",
        "event_timestamp",
        *(f"{view}.{name}" for view in "ab" for name in names),
    ]
    assert lines(result) == [f"u1 11:00 {' '.join(str(number) for number in (*range(130), *range(130)))}"]


def test_the_zone_of_the_session_changes_nothing(spark: SparkSession) -> None:
    labels = frame(spark, LABELS, "u1 10:05 \n u1 10:05:00.000001")
    rows = frame(spark, ROWS, "u1 10:00 k1 home")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        result = join(labels, rows, lookback=timedelta(minutes=5))

        assert_rows_equal(result, "u1 10:05 home \n u1 10:05:00.000001 -")
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_the_numbers_of_rows_give_back_the_order_of_the_input(spark: SparkSession) -> None:
    order = [f"u{number * 37 % 101}" for number in range(101)]
    labels = frame(spark, LABELS, "\n".join(f"{user} 10:00" for user in order))
    view = JoinedView(rows=frame(spark, ROWS, "u1 10:00 k1 home"), keys=["user"], columns={"page": "page"})

    result = point_in_time_join(with_row_numbers(labels), [view])

    assert [row["user"] for row in result.orderBy(ROW).collect()] == order
