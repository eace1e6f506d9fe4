"""A project: definitions that fit each other, found by name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.definitions import Aggregation, DataType, Entity, Field, Label, Schema, load_project
from featurestore.definitions.features import AggregationFunction, SessionEnds
from featurestore.errors import ConfigError, DefinitionError, InvalidSetting, UnknownDefinition
from tests.helpers.definitions import FIELDS, HOUR, USER, file_source, project, service, view

if TYPE_CHECKING:
    from pathlib import Path


def test_definitions_are_found_by_name() -> None:
    shop = project()

    assert shop.source("clicks") == file_source()
    assert shop.view("activity") == view()
    assert shop.service("buying") == service()


def test_what_is_not_defined_is_told_from_what_is() -> None:
    shop = project()

    with pytest.raises(UnknownDefinition, match="source 'orders': expected one of: clicks"):
        shop.source("orders")
    with pytest.raises(UnknownDefinition, match="feature view 'orders': expected one of: activity"):
        shop.view("orders")
    with pytest.raises(UnknownDefinition, match="feature service 'orders': expected one of: buying"):
        shop.service("orders")


def summing(field: str) -> Aggregation:
    return Aggregation(function=AggregationFunction.SUM, field=field, window=HOUR)


def spine(**changes: Any) -> SessionEnds:
    given: dict[str, Any] = {"source": "clicks", "entity": USER, "session_field": "session"}
    return SessionEnds(**given | changes)


BY_PRICE = Entity(name="price", join_keys=("price",))
BY_NOTHING = Entity(name="nothing", join_keys=("nothing",))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "My shop"}, "starting with a letter"),
        ({"sources": (file_source(), file_source())}, "sources: expected names that occur once"),
        ({"views": (view(), view())}, "views: expected names that occur once"),
        ({"services": (service(), service())}, "services: expected names that occur once"),
        ({"views": (view(source="orders"),)}, "source 'orders': expected one of: clicks"),
        ({"views": (view(entity=BY_NOTHING),)}, "Field 'nothing': expected one of: id, "),
        ({"views": (view(entity=BY_PRICE),)}, "keys that are no floats, got 'price'"),
        ({"views": (view(aggregations=(summing("what"),)),)}, "a number field for a sum, got 'string'"),
        ({"views": (view(aggregations=(summing("nothing"),)),)}, "Field 'nothing'"),
        ({"views": (view(version=2),)}, "the project's view 'activity', got 'another'"),
        ({"views": ()}, "feature view 'activity': expected one of: none is defined"),
        ({"services": (service(spine=spine(source="orders")),)}, "source 'orders'"),
        ({"services": (service(spine=spine(session_field="visit")),)}, "Field 'visit'"),
        ({"services": (service(spine=spine(carry=("visit",))),)}, "Field 'visit'"),
        (
            {"services": (service(label=Label(name="buys", field="kind", value="x", horizon=HOUR)),)},
            "Field 'kind'",
        ),
        (
            {"services": (service(label=Label(name="buys", field="at", value="x", horizon=HOUR)),)},
            "a string field for a label",
        ),
    ],
)
def test_definitions_that_do_not_fit_each_other_are_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        project(**changes)


def test_a_view_of_another_schema_is_checked_anew() -> None:
    texts = (Field(name="total", data_type=DataType.STRING) if f.name == "price" else f for f in FIELDS)
    other = file_source(schema=Schema(fields=tuple(texts)))

    with pytest.raises(DefinitionError, match="Field 'price'"):
        project(sources=(other,), views=(view(aggregations=(summing("price"),)),), services=())


def test_a_project_is_loaded_by_its_name() -> None:
    loaded = load_project("featurestore.clickstream.definitions:PROJECT")

    assert loaded.name == "clickstream"
    assert load_project("featurestore.clickstream.definitions") is loaded


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nowhere_to_be.found:PROJECT", "'nowhere_to_be' was not found"),
        ("featurestore.nowhere:PROJECT", "'featurestore.nowhere' was not found"),
        ("featurestore.clickstream.definitions:SHOP", "a Project named 'SHOP'"),
        ("featurestore.clickstream.definitions:SCHEMA", "of type Schema"),
        ("", "an absolute name"),
        (":PROJECT", "an absolute name"),
        (".definitions:PROJECT", "an absolute name"),
    ],
)
def test_a_reference_to_no_project_is_refused(reference: str, expected: str) -> None:
    with pytest.raises(InvalidSetting, match=expected) as raised:
        load_project(reference)

    assert isinstance(raised.value, ConfigError)
    assert raised.value.key == "project"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = (1 2)", "line 2: .*SyntaxError: invalid syntax"),
        ("a = 1\nraise ValueError('broken')", "line 2: .*ValueError: broken"),
        ("def made():\n    return None.attribute\n\nmade()", "line 2: .*AttributeError"),
        ("from featurestore.definitions import Entity\nEntity(nam='a')", "line 2: .*TypeError: .*nam"),
        ("SessionEnds()", "line 1: .*NameError: name 'SessionEnds'"),
    ],
)
def test_a_mistake_in_a_module_is_told_with_its_line(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project_that_fails.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(DefinitionError, match=f"module project_that_fails, {said}") as raised:
        load_project("project_that_fails")

    assert raised.value.__cause__ is not None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("import featurestore.no_such_attribute_at_all", InvalidSetting),
        ("from featurestore.definitions import Entity\nEntity(name='', join_keys=('a',))", DefinitionError),
    ],
)
def test_what_we_say_of_a_module_is_not_hidden(
    text: str, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project_that_fails.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(kind) as raised:
        load_project("project_that_fails")

    assert "that Python can read" not in str(raised.value)


def test_a_project_in_the_working_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "my_team_definitions"
    (tmp_path / f"{module}.py").write_text("from featurestore.clickstream.definitions import PROJECT\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [place for place in sys.path if place])

    assert load_project(f"{module}:PROJECT").name == "clickstream"
