"""A table's definition and the project's: equal, wider, or another."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from featurestore.definitions.base import definition_hash, from_json
from featurestore.definitions.view_changes import ComputedView, computed_view
from featurestore.errors import DefinitionError
from featurestore.steps.view_definition import check_definition, definition_metadata, features_to_add
from tests.helpers.shop import ACTIVITY, AGGREGATIONS, SMALL, VISITS

NOW = computed_view(SMALL, VISITS)
WIDER = computed_view(
    msgspec.structs.replace(SMALL, aggregations=(*SMALL.aggregations, AGGREGATIONS[1])), VISITS
)


def commit(definition: Any) -> Any:
    """Of a commit only the metadata is looked at."""
    return SimpleNamespace(metadata=definition_metadata(definition))


def test_a_commit_says_the_whole_definition_and_its_hash() -> None:
    metadata = definition_metadata(NOW)

    assert from_json(ComputedView, json.loads(metadata["definition"])) == NOW
    assert metadata["definition_hash"] == definition_hash(NOW)


def test_an_equal_definition_adds_nothing_and_a_wider_one_its_features() -> None:
    assert features_to_add(NOW, commit(NOW)) == ()
    assert features_to_add(WIDER, commit(NOW)) == ("visits_30m",)


def test_a_lacking_feature_needs_a_version_and_is_named() -> None:
    with pytest.raises(DefinitionError, match=r"greater than 1.*lacks visits_30m"):
        features_to_add(NOW, commit(WIDER))


def test_readers_ask_for_features_that_are_not_computed_yet() -> None:
    check_definition(NOW, commit(NOW))
    with pytest.raises(DefinitionError, match=r"compute the view first.*visits_30m"):
        check_definition(WIDER, commit(NOW))
    with pytest.raises(DefinitionError):
        check_definition(NOW, commit(computed_view(ACTIVITY, VISITS)))
