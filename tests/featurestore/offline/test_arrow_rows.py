"""pandas and Arrow rows as Arrow: every value as it was, or an error."""

from __future__ import annotations

import decimal
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from featurestore.errors import InvalidRequest, NaiveTimestamp
from featurestore.offline.arrow_rows import check_names, is_arrow, is_pandas, to_arrow

NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
BERLIN = timezone(timedelta(hours=2))


def column(values: Any, **options: Any) -> pa.ChunkedArray:
    """What becomes of one pandas column."""
    return to_arrow(pd.DataFrame({"x": values}), **options)["x"]


def test_integers_with_nulls_stay_integers() -> None:
    found = column(pd.Series([2**53 + 1, None], dtype="Int64"))

    assert found.type == pa.int64()
    assert found.to_pylist() == [2**53 + 1, None]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pd.Series([True, None], dtype="boolean"), pa.bool_(), [True, None]),
        (pd.Series([1.5, None]), pa.float64(), [1.5, None]),
        (pd.Series(["a", None], dtype="category"), pa.string(), ["a", None]),
        (pd.Series([1, 2], dtype="category"), pa.int64(), [1, 2]),
        (pd.Series(["a", None], dtype="string"), pa.string(), ["a", None]),
        (pd.Series([date(2024, 6, 1), None]), pa.date32(), [date(2024, 6, 1), None]),
        (pd.Series([1, 2], dtype="uint32"), pa.int64(), [1, 2]),
        (pd.Series([None, None], dtype=object), pa.string(), [None, None]),
    ],
)
def test_a_pandas_column_has_the_type_of_its_values(
    values: pd.Series[Any], kind: pa.DataType, expected: list[Any]
) -> None:
    found = column(values)

    assert found.type == kind
    assert found.to_pylist() == expected


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (pa.array(["a", None]).dictionary_encode(), pa.string()),
        (pa.array(["a", None], pa.large_string()), pa.string()),
        (pa.array([b"a", None], pa.large_binary()), pa.binary()),
        (pa.array([1, None], pa.uint64()), pa.int64()),
        (pa.array([1, None], pa.int8()), pa.int8()),
        (pa.array([decimal.Decimal("1.50"), None]), pa.decimal128(3, 2)),
        (pa.array([date(2024, 6, 1), None], pa.date64()), pa.date32()),
        (pa.array([NOON, None], pa.timestamp("s", "Asia/Tokyo")), pa.timestamp("us", "UTC")),
        (pa.array([NOON, None], pa.timestamp("ns", "UTC")), pa.timestamp("us", "UTC")),
    ],
)
def test_an_arrow_column_keeps_its_values(given: pa.Array, kind: pa.DataType) -> None:
    found = to_arrow(pa.table({"x": given}))["x"]

    assert found.type == kind
    assert found.to_pylist() == given.to_pylist()


def test_other_zones_mean_the_same_moment() -> None:
    of_zone = pd.Series(pd.to_datetime(["2024-06-01T14:00:00"])).dt.tz_localize("Europe/Berlin")
    of_objects = pd.Series([NOON, NOON.astimezone(BERLIN)], dtype=object)

    assert column(of_zone).to_pylist() == [NOON]
    assert column(of_objects).to_pylist() == [NOON, NOON]


def test_the_index_of_pandas_is_left_out_and_the_order_stays() -> None:
    rows = pd.DataFrame({"x": [3, 1, 2, 1]}, index=[9, 9, 7, 8])

    table = to_arrow(rows)

    assert table.schema.names == ["x"]
    assert table["x"].to_pylist() == [3, 1, 2, 1]


def test_a_record_batch_is_a_table() -> None:
    batch = pa.record_batch({"x": [1, None]})

    assert to_arrow(batch).equals(pa.table({"x": [1, None]}))


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.to_datetime(["2024-06-01T12:00:00"])),
        pd.Series([datetime(2024, 6, 1), None], dtype=object),  # noqa: DTZ001
        pd.Series([NOON, datetime(2024, 6, 1)], dtype=object),  # noqa: DTZ001
        pd.Series([datetime(2024, 6, 1), NOON], dtype=object),  # noqa: DTZ001
        pd.Series([np.datetime64("2024-06-01T12:00:00"), None], dtype=object),
    ],
)
def test_a_time_without_zone_is_refused(values: pd.Series[Any]) -> None:
    with pytest.raises(NaiveTimestamp, match="'x'"):
        column(values)


def test_where_a_zone_is_declared_times_come_without_but_not_mixed() -> None:
    without = datetime(2024, 6, 1)  # noqa: DTZ001

    assert column(pd.Series([without], dtype=object), zone_declared=True).to_pylist() == [without]
    with pytest.raises(NaiveTimestamp):
        column(pd.Series([NOON, without], dtype=object), zone_declared=True)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.to_datetime(["2024-06-01T12:00:00.000000001Z"])),
        pd.Series([pd.Timestamp("2024-06-01T12:00:00.000000001Z"), None], dtype=object),
        pd.Series([2**63], dtype="uint64"),
        pd.Series([1, "a"], dtype=object),
        pd.Series([[1], [2]]),
        pd.Series(pd.to_timedelta([1, 2])),
        pd.Series([1j]),
        pd.Series(pd.period_range("2024", periods=2)),
        pd.Series(pd.arrays.SparseArray(np.array([1, 2]))),
        pd.Series([2**70], dtype=object),
    ],
)
def test_what_would_be_lost_is_refused_and_the_column_named(values: pd.Series[Any]) -> None:
    with pytest.raises(InvalidRequest, match="x"):
        column(values)


def test_a_column_without_a_value_takes_the_type_it_is_meant_to_have() -> None:
    wanted = {"x": pa.timestamp("us", "UTC")}

    assert column(pd.Series([], dtype=float), types=wanted).type == wanted["x"]
    assert column(pd.Series([pd.NaT, pd.NaT]), types=wanted).to_pylist() == [None, None]
    assert column(pd.Series([pd.NaT])).type == pa.timestamp("us")


@pytest.mark.parametrize("names", [[], ["a", "A"], ["a", "a"], [""], [1], ["a`b"]])
def test_columns_have_names_that_tell_them_apart(names: list[Any]) -> None:
    with pytest.raises(InvalidRequest):
        check_names(names)
    with pytest.raises(InvalidRequest):
        to_arrow(pd.DataFrame([[0] * len(names)], columns=pd.Index(names, dtype=object)))


def test_kinds_are_told_apart() -> None:
    assert is_pandas(pd.DataFrame())
    assert is_arrow(pa.table({"x": [1]}))
    assert not is_pandas(pa.table({"x": [1]}))
    assert not is_arrow([1])
