"""Which change of schema may follow which, against every version a table has had."""

from __future__ import annotations

from typing import Any

import pytest

from featurestore.definitions.compatibility import (
    SchemaVersion,
    all_fields,
    decode_versions,
    effective_schema,
    encode_versions,
    next_versions,
)
from featurestore.definitions.schema import DataType, Field, OnUnknown, Schema
from featurestore.definitions.sources import FileSource
from featurestore.errors import SchemaIncompatible

ID = Field(name="id", data_type=DataType.STRING)
AT = Field(name="at", data_type=DataType.TIMESTAMP)
OTHER_AT = Field(name="other_at", data_type=DataType.TIMESTAMP)
SERIAL = Field(name="serial", data_type=DataType.INT64)
GONE = Field(name="gone", data_type=DataType.BOOLEAN)
BASE = (ID, AT, OTHER_AT, SERIAL, GONE)


def integer(**rules: Any) -> Field:
    return Field(name="n", data_type=DataType.INT64, **rules)


def source(*more: Field, **settings: Any) -> FileSource:
    return FileSource(
        **{
            "name": "clicks",
            "schema": Schema(fields=(*BASE, *more)),
            "event_id": ("id",),
            "event_timestamp": "at",
            **settings,
        }
    )


def versions_of(*sources: FileSource) -> tuple[SchemaVersion, ...]:
    found: tuple[SchemaVersion, ...] = ()
    for one in sources:
        found = next_versions(one, one.schema, found)
    return found


OPTIONAL = integer(required=False)
ALLOWED = {
    "an optional field is added": (source(), source(OPTIONAL)),
    "a required field is added with a default": (source(), source(integer(default=0))),
    "an optional field with a default is added": (source(), source(integer(required=False, default=0))),
    "a field is removed": (source(integer()), source()),
    "a required field becomes optional": (source(integer()), source(OPTIONAL)),
    "an optional field becomes required with a default": (source(OPTIONAL), source(integer(default=0))),
    "a rule changes": (source(integer(minimum=0)), source(integer(minimum=1, maximum=9))),
    "fields change places": (source(integer()), source(schema=Schema(fields=(integer(), *BASE)))),
    "a known_at is declared": (source(), source(known_at="other_at")),
}
REFUSED = {
    "a required field is added without a default": (source(), source(integer()), "new field 'n'"),
    "a field changes its type": (
        source(integer()),
        source(Field(name="n", data_type=DataType.FLOAT64)),
        "type of 'n': int64 -> float64",
    ),
    "an optional field becomes required without a default": (
        source(OPTIONAL),
        source(integer()),
        "'n' was optional",
    ),
    "the event id changes": (source(), source(event_id=("id", "serial")), "key, time or order"),
    "the event id is dropped": (source(), source(event_id=()), "key, time or order"),
    "the event time changes": (source(), source(event_timestamp="other_at"), "key, time or order"),
    "a version is declared": (source(), source(version="serial"), "key, time or order"),
    "deletes are declared": (source(), source(is_deleted="gone"), "key, time or order"),
    "versions are kept": (
        source(version="serial"),
        source(version="serial", keeps_versions=True),
        "key, time or order",
    ),
}


@pytest.mark.parametrize("change", ALLOWED)
def test_readers_of_the_new_schema_can_read_old_rows(change: str) -> None:
    before, after = ALLOWED[change]

    assert versions_of(before, after)[0].number == 1


@pytest.mark.parametrize("change", REFUSED)
def test_what_would_break_readers_is_refused(change: str) -> None:
    before, after, told = REFUSED[change]

    with pytest.raises(SchemaIncompatible, match=told) as refused:
        versions_of(before, after)

    assert (refused.value.rule, refused.value.version) == ("BACKWARD_TRANSITIVE", 1)


@pytest.mark.parametrize(
    "third",
    [source(Field(name="n", data_type=DataType.STRING, required=False)), source(integer())],
    ids=["another type", "required, which the second version lacks"],
)
def test_a_field_that_comes_back_is_held_against_all_versions(third: FileSource) -> None:
    with pytest.raises(SchemaIncompatible):
        versions_of(source(integer()), source(), third)


def test_the_oldest_version_counts_and_not_the_last_alone() -> None:
    with pytest.raises(SchemaIncompatible) as refused:
        versions_of(source(OPTIONAL), source(integer(default=0)), source(integer()))

    assert refused.value.version == 1


def test_an_unchanged_schema_is_no_new_version() -> None:
    assert len(versions_of(source(), source(), source())) == 1
    assert [version.number for version in versions_of(source(), source(OPTIONAL), source())] == [1, 2, 3]


def test_versions_survive_the_metadata_of_a_commit() -> None:
    versions = versions_of(source(), source(OPTIONAL))

    assert decode_versions(encode_versions(versions)) == versions


def test_a_table_keeps_a_column_for_every_field_it_ever_had() -> None:
    versions = versions_of(source(integer()), source(), source(integer(required=False, minimum=3)))

    assert [field.name for field in all_fields(versions)] == [*(field.name for field in BASE), "n"]
    assert all_fields(versions)[-1].minimum == 3


def test_fields_that_data_brought_stay_until_they_are_declared() -> None:
    declared = source(schema=Schema(fields=BASE, on_unknown=OnUnknown.EVOLVE))
    evolved = Schema(fields=(*BASE, OPTIONAL), on_unknown=OnUnknown.EVOLVE)
    versions = next_versions(declared, evolved, (), evolved=["n"])

    assert effective_schema(declared.schema, versions) == evolved
    assert next_versions(declared, effective_schema(declared.schema, versions), versions) == versions
    with_rule = Schema(fields=(*BASE, integer(required=False, minimum=1)), on_unknown=OnUnknown.EVOLVE)
    assert effective_schema(with_rule, versions) == with_rule


def test_without_versions_the_declaration_stands() -> None:
    assert effective_schema(source().schema, ()) == source().schema
