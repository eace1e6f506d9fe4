"""Objects of known fields: what fits comes back, and what differs is named."""

from __future__ import annotations

import json

import pytest

from featurestore.errors import ArtifactBroken
from featurestore.training.json_shape import (
    ANY_OBJECT,
    COUNT,
    NUMBER,
    SETTING,
    TEXT,
    TIME,
    Shape,
    check_object,
    list_of,
    object_of,
    optional,
    parse_object,
)

SHAPES = {"name": TEXT, "rows": COUNT}


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (TEXT, ""),
        (COUNT, 0),
        (NUMBER, -1),
        (NUMBER, 0.5),
        (SETTING, "x"),
        (SETTING, True),
        (SETTING, 1.5),
        (TIME, "2024-06-01T10:00:00+02:00"),
        (TIME, "2024-06-01T10:00:00Z"),
        (ANY_OBJECT, {}),
        (optional(COUNT), None),
        (optional(COUNT), 3),
        (list_of(TEXT), []),
        (list_of(TEXT), ["a", "b"]),
        (object_of(list_of(COUNT)), {"a": [1], "b": []}),
    ],
)
def test_what_fits_is_accepted(shape: Shape, value: object) -> None:
    assert shape.accepts(value)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (TEXT, 1),
        (TEXT, None),
        (COUNT, -1),
        (COUNT, 1.0),
        (COUNT, True),
        (NUMBER, "1"),
        (NUMBER, False),
        (NUMBER, float("nan")),
        (NUMBER, float("inf")),
        (SETTING, None),
        (SETTING, float("nan")),
        (SETTING, [1]),
        (TIME, "2024-06-01T10:00:00"),
        (TIME, "noon"),
        (TIME, 20240601),
        (ANY_OBJECT, []),
        (optional(COUNT), -1),
        (list_of(TEXT), "ab"),
        (list_of(TEXT), ["a", 1]),
        (object_of(COUNT), {"a": 1, "b": -1}),
        (object_of(COUNT), [1]),
    ],
)
def test_what_does_not_fit_is_refused(shape: Shape, value: object) -> None:
    assert not shape.accepts(value)


def test_an_object_that_fits_comes_back() -> None:
    document = {"name": "june", "rows": 3}

    assert parse_object(json.dumps(document), SHAPES, subject="Card") == document


@pytest.mark.parametrize("text", ["", "{", '{"name": "june"', "june"])
def test_text_that_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ArtifactBroken, match="Card: expected JSON") as broken:
        parse_object(text, SHAPES, subject="Card")

    assert broken.value.received == text


def test_only_the_beginning_of_broken_text_is_shown() -> None:
    with pytest.raises(ArtifactBroken) as broken:
        parse_object("x" * 1_000, SHAPES, subject="Card")

    assert broken.value.received == "x" * 80


@pytest.mark.parametrize(("text", "kind"), [("[]", "list"), ("null", "NoneType"), ('"a"', "str")])
def test_json_that_is_no_object_is_refused_by_its_kind(text: str, kind: str) -> None:
    with pytest.raises(ArtifactBroken, match="a JSON object") as broken:
        parse_object(text, SHAPES, subject="Card")

    assert broken.value.received == kind


def test_missing_and_unknown_fields_are_told_apart() -> None:
    with pytest.raises(ArtifactBroken) as broken:
        check_object({"name": "june", "row": 3}, SHAPES, subject="Card")

    assert broken.value.received == {"missing": ["rows"], "unknown": ["row"]}


def test_a_field_with_a_wrong_value_is_named_with_it() -> None:
    with pytest.raises(ArtifactBroken) as broken:
        check_object({"name": "june", "rows": -3}, SHAPES, subject="Card")

    assert broken.value.subject == "Card, field 'rows'"
    assert (broken.value.expected, broken.value.received) == ("a whole number of 0 or more", -3)


def test_a_shape_made_of_others_says_so_in_words() -> None:
    assert optional(list_of(COUNT)).words == "a list (a whole number of 0 or more each) or null"
