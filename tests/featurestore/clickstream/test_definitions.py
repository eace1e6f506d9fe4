"""The clickstream project as it is defined today."""

from __future__ import annotations

import json

from featurestore.clickstream.definitions import CLICKSTREAM, EVENT_NAMES, FILES, PROJECT, PURCHASE_PROPENSITY
from featurestore.clickstream.journeys import EVENT_NAMES as GENERATED
from featurestore.definitions import Project, definition_hash
from featurestore.definitions.base import from_json

GOLDEN = "88ccef06ef472d65cc47f9846013eb4865be39c2665cd53c85671af92a0a2ddd"


def test_the_hash_is_the_one_that_was_published() -> None:
    assert definition_hash(PROJECT) == GOLDEN, (
        "The clickstream project's hash changed. If its definitions changed on purpose, raise the version of "
        "each view whose values differ and put the new hash here. If they did not, hashing itself changed "
        "and no saved manifest fits its definitions any more: undo that."
    )


def test_json_gives_the_same_project() -> None:
    assert from_json(Project, json.loads(json.dumps(PROJECT.to_json()))) == PROJECT


def test_files_and_topic_fill_one_table() -> None:
    assert CLICKSTREAM.batch_source == FILES
    assert FILES.name == CLICKSTREAM.name


def test_every_event_that_is_generated_is_allowed() -> None:
    assert set(GENERATED) <= set(EVENT_NAMES)
    assert PURCHASE_PROPENSITY.label.value in EVENT_NAMES


def test_a_training_set_has_the_features_of_both_views() -> None:
    columns = PURCHASE_PROPENSITY.feature_columns

    assert len(columns) == 40
    assert "user_activity__event_last_5m" in columns
    assert "event_type_activity__user_id_distinct_count_30d" in columns
