"""Definitions: frozen values that go to JSON and back, with a hash that stays."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from featurestore.definitions import Entity, Project, definition_hash
from featurestore.definitions.base import checked_name, from_json, unique
from featurestore.errors import DefinitionError
from tests.helpers.definitions import file_source, kafka_source, project, view


def test_json_gives_the_same_definition() -> None:
    defined = project(sources=(kafka_source(batch_source=file_source()),))

    text = json.dumps(defined.to_json())

    assert from_json(Project, json.loads(text)) == defined
    assert definition_hash(from_json(Project, json.loads(text))) == definition_hash(defined)


def test_equal_definitions_have_equal_hashes() -> None:
    assert project() == project()
    assert definition_hash(project()) == definition_hash(project())
    assert hash(project()) == hash(project())


@pytest.mark.parametrize(
    "changes",
    [{"name": "store"}, {"views": (view(version=2),)}, {"views": ()}, {"sources": (file_source(path="x"),)}],
)
def test_any_change_changes_the_hash(changes: dict[str, Any]) -> None:
    plain = project(services=())

    assert definition_hash(project(services=(), **changes)) != definition_hash(plain)


def test_json_leaves_out_what_has_its_default_so_that_new_fields_keep_old_hashes() -> None:
    assert view().to_json().keys() == {"name", "entity", "source", "aggregations"}
    assert definition_hash(view(version=1, features=())) == definition_hash(view())


def test_the_order_of_keys_in_json_means_nothing() -> None:
    tree = dict(reversed(project().to_json().items()))

    assert definition_hash(from_json(Project, tree)) == definition_hash(project())


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_hash_is_the_same_in_another_process(seed: str) -> None:
    program = (
        "from featurestore.definitions import definition_hash\n"
        "from tests.helpers.definitions import project\n"
        "print(definition_hash(project()))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
    )

    assert answer.stdout.strip() == definition_hash(project())


def test_a_definition_cannot_be_changed() -> None:
    entity = Entity(name="user", join_keys=("user_id",))

    with pytest.raises(AttributeError):
        entity.name = "buyer"  # type: ignore[misc]


def test_a_list_becomes_a_tuple() -> None:
    keys: Any = ["user_id"]

    assert Entity(name="user", join_keys=keys) == Entity(name="user", join_keys=("user_id",))


@pytest.mark.parametrize("keys", ["user_id", (1,), None])
def test_a_value_of_another_type_is_refused(keys: Any) -> None:
    with pytest.raises(DefinitionError, match="Entity, join_keys: expected a value of its type"):
        Entity(name="user", join_keys=keys)


def test_a_definition_in_the_place_of_its_name_is_refused() -> None:
    with pytest.raises(DefinitionError, match="FeatureView, source"):
        view(source=file_source())


@pytest.mark.parametrize(
    "tree",
    [{}, [], None, {"name": "user", "join_keys": ["id"], "extra": 1}, {"name": 1, "join_keys": ["id"]}],
)
def test_json_that_does_not_fit_is_refused(tree: object) -> None:
    with pytest.raises(DefinitionError, match="Entity"):
        from_json(Entity, tree)


def test_json_is_checked_as_definitions_are() -> None:
    with pytest.raises(DefinitionError, match="starting with a letter"):
        from_json(Entity, {"name": "User", "join_keys": ["id"]})


@pytest.mark.parametrize("name", ["a", "user_id", "v2", "a" * 63])
def test_a_name_is_lower_case_words(name: str) -> None:
    checked_name("Entity", name)


@pytest.mark.parametrize("name", ["", "User", "2nd", "_a", "a-b", "a b", "ü", "a" * 64, "user\n"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match="starting with a letter"):
        checked_name("Entity", name)


def test_repeated_names_are_listed() -> None:
    unique("Schema", ["a", "b"])

    with pytest.raises(DefinitionError, match="got 'a, b'"):
        unique("Schema", ["b", "a", "b", "a", "c"])
