"""Digests: equal content, equal digest."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from featurestore.canonical import canonical_row, row_digest, table_digest

if TYPE_CHECKING:
    from random import Random

    from featurestore.keys import Value

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
ROWS = st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=2), VALUES, max_size=4)
NO_NULLS = st.dictionaries(
    st.text(alphabet="ab1:~", min_size=1, max_size=2), st.text(alphabet="ab1:~", max_size=3), max_size=3
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_columns_means_nothing(row: dict[str, Value], random: Random) -> None:
    shuffled = list(row.items())
    random.shuffle(shuffled)

    assert canonical_row(dict(shuffled)) == canonical_row(row)


@given(ROWS)
def test_a_new_column_of_nulls_changes_nothing(row: dict[str, Value]) -> None:
    assert row_digest({**row, "new": None}) == row_digest(row)


@given(NO_NULLS, NO_NULLS)
def test_unequal_rows_have_unequal_texts(one: dict[str, str], other: dict[str, str]) -> None:
    assert (canonical_row(one) == canonical_row(other)) == (one == other)


def test_the_text_is_as_stated() -> None:
    assert canonical_row({"b": 12, "a": "x", "c": None}) == "1:a1:x1:b2:12"
    assert row_digest({"a": "x"}) == sha256(b"1:a1:x").hexdigest()


@given(st.lists(ROWS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(rows: list[dict[str, Value]], random: Random) -> None:
    keyed: list[dict[str, Value]] = [
        {**row, "record_key": f"key {number % 3}"} for number, row in enumerate(rows)
    ]
    shuffled = list(keyed)
    random.shuffle(shuffled)

    assert table_digest(shuffled) == table_digest(keyed)


def test_a_row_more_or_twice_is_another_table() -> None:
    row: dict[str, Value] = {"record_key": "1:a", "x": 1}
    tables: tuple[list[dict[str, Value]], ...] = ([], [row], [row, row], [row, {**row, "x": 2}])

    assert len({table_digest(rows) for rows in tables}) == 4


def test_a_table_may_have_another_key() -> None:
    rows = [{"id": "b"}, {"id": "a"}]

    assert table_digest(rows, key="id") == table_digest(reversed(rows), key="id")
