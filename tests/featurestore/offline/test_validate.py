"""The contract, cell by cell: which value breaks which rule, and what becomes of its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.definitions.schema import DataType, Field, OnUnknown, OnViolation, Schema
from featurestore.offline.raw_rows import COORDINATES, RAW
from featurestore.offline.validate import DEFAULTED, REASONS, REJECTION, validate
from featurestore.steps.judged_rows import Counts, count_judged
from tests.helpers.raw_rows import judged, raw_texts

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

pytestmark = pytest.mark.spark

GOOD: dict[DataType, str] = {
    DataType.STRING: "a",
    DataType.INT64: "5",
    DataType.FLOAT64: "5.5",
    DataType.BOOLEAN: "true",
    DataType.TIMESTAMP: "2024-03-01T10:00:00Z",
    DataType.DATE: "2024-03-01",
}
DEFAULTS: dict[DataType, Any] = {
    DataType.STRING: "a",
    DataType.INT64: 5,
    DataType.FLOAT64: 5.5,
    DataType.BOOLEAN: True,
    DataType.TIMESTAMP: GOOD[DataType.TIMESTAMP],
    DataType.DATE: GOOD[DataType.DATE],
}
WRONG_TYPE = {
    DataType.INT64: "x",
    DataType.FLOAT64: "x",
    DataType.BOOLEAN: "1",
    DataType.TIMESTAMP: "2024-03-01",
    DataType.DATE: "2024-02-30",
}
OTHER_VALUE: dict[DataType, str] = {
    DataType.STRING: "b",
    DataType.INT64: "6",
    DataType.FLOAT64: "6.5",
    DataType.BOOLEAN: "false",
    DataType.TIMESTAMP: "2024-03-01T10:00:01Z",
    DataType.DATE: "2024-03-02",
}
Broken = tuple[str, DataType, dict[str, Any], str | None]
"""Reason, type, rules of the field, and the text that breaks them."""
CELLS: list[Broken] = [
    *(("missing", kind, {}, None) for kind in DataType),
    *(("type", kind, {}, text) for kind, text in WRONG_TYPE.items()),
    *(("range", kind, {"minimum": 5}, "4.0") for kind in (DataType.INT64, DataType.FLOAT64)),
    *(("range", kind, {"maximum": 6}, "7") for kind in (DataType.INT64, DataType.FLOAT64)),
    *(("set", kind, {"allowed": (DEFAULTS[kind],)}, OTHER_VALUE[kind]) for kind in DataType),
    ("pattern", DataType.STRING, {"pattern": "a+"}, "aab"),
]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Every cell at once: a row with that cell's field broken; then a malformed row and a whole one."""

    policy: OnViolation
    rows: list[Row]
    counts: Counts


@pytest.fixture(scope="module", params=list(OnViolation))
def matrix(spark: SparkSession, request: pytest.FixtureRequest) -> Matrix:
    policy: OnViolation = request.param
    columns = tuple(
        Field(
            name=f"f{number}",
            data_type=kind,
            on_violation=policy,
            default=DEFAULTS[kind] if policy is OnViolation.DEFAULT else None,
            **rules,
        )
        for number, (_, kind, rules, _) in enumerate(CELLS)
    )
    good = {f"f{number}": GOOD[kind] for number, (_, kind, _, _) in enumerate(CELLS)}
    rows = [{**good, f"f{number}": text} for number, (_, _, _, text) in enumerate(CELLS)]
    schema = Schema(fields=columns)
    validated = validate(raw_texts(spark, schema.names, [*rows, None, good]), schema, timezone=None).persist()
    found = validated.orderBy(COORDINATES).collect()
    return Matrix(policy=policy, rows=found, counts=count_judged(validated))


def test_each_broken_rule_has_the_outcome_its_field_declares(matrix: Matrix, spark: SparkSession) -> None:
    policy, rows = matrix.policy, matrix.rows

    for number, (reason, kind, _, _) in enumerate(CELLS):
        row, cell = rows[number], f"{reason} {kind.value} {policy.value}"
        if policy is OnViolation.DEFAULT:
            assert row[REJECTION] is None, cell
            assert row[DEFAULTED] == 1, cell
            assert row[f"f{number}"] == _as_python(kind, DEFAULTS[kind]), cell
            assert row[RAW] is None, cell
        else:
            assert row[REJECTION] is not None, cell
            assert (row[REJECTION]["reason"], row[REJECTION]["field"]) == (reason, f"f{number}"), cell
            assert row[REJECTION]["fatal"] == (policy is OnViolation.FAIL), cell
            assert row[RAW] == "raw", cell
    assert {reason for reason, *_ in CELLS} | {"malformed", "unknown_field"} == set(REASONS)


def test_every_row_of_the_matrix_is_accounted_for(matrix: Matrix) -> None:
    counts, broken = matrix.counts, len(CELLS)
    defaulting = matrix.policy is OnViolation.DEFAULT

    accepted = sum(row[REJECTION] is None for row in matrix.rows)

    assert (counts.read, counts.rejected) == (broken + 2, 1 if defaulting else broken + 1)
    assert accepted + counts.rejected == counts.read
    assert sum(one.rows for one in counts.rejections) == counts.rejected
    assert counts.defaulted == (broken if defaulting else 0)
    assert sum(one.rows for one in counts.fatal) == (broken if matrix.policy is OnViolation.FAIL else 0)


def test_a_malformed_row_is_rejected_whatever_its_fields_declare(
    matrix: Matrix,
) -> None:
    rejection = matrix.rows[len(CELLS)][REJECTION]

    assert (rejection["reason"], rejection["field"], rejection["fatal"]) == ("malformed", "", False)


def test_a_row_that_breaks_nothing_is_accepted_as_it_is(matrix: Matrix) -> None:
    row = matrix.rows[-1]

    assert (row[REJECTION], row[DEFAULTED], row[RAW]) == (None, 0, None)
    assert [row[f"f{number}"] for number, _ in enumerate(CELLS)] == [
        _as_python(kind, GOOD[kind]) for _, kind, _, _ in CELLS
    ]


def _as_python(kind: DataType, value: Any) -> Any:
    if kind is DataType.TIMESTAMP:
        utc = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return utc.astimezone().replace(tzinfo=None)  # Spark gives the machine's own zone
    convert: dict[DataType, Any] = {
        DataType.INT64: int,
        DataType.FLOAT64: float,
        DataType.DATE: date.fromisoformat,
        DataType.BOOLEAN: lambda text: text in (True, "true"),
    }
    return convert.get(kind, str)(value)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [(OnUnknown.FAIL, "unknown_field"), (OnUnknown.DROP, None), (OnUnknown.EVOLVE, None)],
)
def test_only_fail_refuses_an_unknown_field(
    spark: SparkSession, policy: OnUnknown, reason: str | None
) -> None:
    schema = Schema(fields=(Field(name="id", data_type=DataType.STRING),), on_unknown=policy)

    known, strange, malformed = judged(spark, schema, {"id": "a"}, {"id": "a", "x": "1", "w": "2"}, None)

    assert known[REJECTION] is None
    assert malformed[REJECTION]["reason"] == "malformed"
    if reason is None:
        assert strange[REJECTION] is None
    else:
        assert (strange[REJECTION]["reason"], strange[REJECTION]["fatal"]) == (reason, True)
        assert strange[REJECTION]["message"].endswith("got also w, x")


def test_a_violation_that_fails_the_run_goes_before_one_that_only_rejects(spark: SparkSession) -> None:
    schema = Schema(
        fields=(
            Field(name="first", data_type=DataType.INT64),
            Field(name="second", data_type=DataType.INT64),
            Field(name="third", data_type=DataType.INT64, on_violation=OnViolation.FAIL),
        )
    )

    both, reject_only = judged(
        spark, schema, {"first": "x", "third": "x"}, {"first": "1", "second": "x", "third": "1"}
    )

    assert (both[REJECTION]["field"], both[REJECTION]["fatal"]) == ("third", True)
    assert (reject_only[REJECTION]["field"], reject_only[REJECTION]["message"]) == (
        "second",
        "expected int64, got x",
    )


def test_an_optional_field_may_be_missing_and_takes_its_default(spark: SparkSession) -> None:
    schema = Schema(
        fields=(
            Field(name="plain", data_type=DataType.INT64, required=False),
            Field(name="filled", data_type=DataType.INT64, required=False, default=3),
        )
    )

    (row,) = judged(spark, schema, {})

    assert (row["plain"], row["filled"], row[REJECTION], row[DEFAULTED]) == (None, 3, None, 0)


def test_both_ends_of_a_range_belong_to_it_and_a_pattern_means_the_whole_text(spark: SparkSession) -> None:
    schema = Schema(
        fields=(
            Field(name="n", data_type=DataType.INT64, minimum=1, maximum=2),
            Field(name="code", data_type=DataType.STRING, pattern="a|b"),
        )
    )

    rows = judged(
        spark,
        schema,
        {"n": "1", "code": "a"},
        {"n": "2", "code": "b"},
        {"n": "1", "code": "ab"},
        {"n": "1", "code": "a\n"},
    )

    assert [row[REJECTION] and row[REJECTION]["reason"] for row in rows] == [None, None, "pattern", "pattern"]


def test_fields_may_bear_the_names_of_what_stands_beside_them(spark: SparkSession) -> None:
    names = ("position", "coordinates", "raw", "unknown", "rejection", "defaulted", "fields", "malformed")
    schema = Schema(fields=tuple(Field(name=name, data_type=DataType.STRING) for name in names))

    (row,) = judged(spark, schema, {name: name.upper() for name in names})

    assert [row[name] for name in names] == [name.upper() for name in names]
