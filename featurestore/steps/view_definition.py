"""The definition that a feature table's newest commit was computed with, beside the project's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from featurestore.definitions.base import definition_hash, from_json
from featurestore.definitions.view_changes import ComputedView, added_features, changed_features
from featurestore.errors import DefinitionError

if TYPE_CHECKING:
    from featurestore.offline.hudi_timeline import TableCommit

DEFINITION_HASH = "definition_hash"
DEFINITION = "definition"


def definition_metadata(computed: ComputedView) -> dict[str, str]:
    """What a commit says of the definition that its rows were computed with."""
    return {
        DEFINITION_HASH: definition_hash(computed),
        DEFINITION: json.dumps(computed.to_json(), sort_keys=True),
    }


def check_definition(computed: ComputedView, commit: TableCommit) -> None:
    """Raises `DefinitionError` where the features of this commit were computed with another definition."""
    added = features_to_add(computed, commit)
    if added:
        raise DefinitionError(
            f"FeatureView {computed.view.name!r}",
            expected=f"features that {computed.view.table} holds; compute the view first",
            received=f"new ones: {', '.join(added)}",
        )


def features_to_add(computed: ComputedView, commit: TableCommit) -> tuple[str, ...]:
    """The features that the definition has beside those of this commit; none where both are equal.

    Raises `DefinitionError` where it changes or lacks any that the commit has.
    """
    if commit.metadata[DEFINITION_HASH] == definition_hash(computed):
        return ()
    before = from_json(ComputedView, json.loads(commit.metadata[DEFINITION]))
    added = added_features(before, computed)
    if added is None:
        view = computed.view
        changed = ", ".join(changed_features(before, computed)) or "its entity or source"
        raise DefinitionError(
            f"FeatureView {view.name!r}",
            expected=f"the definition that {view.table} was computed with, or a version greater than {view.version}",
            received=f"another definition of the same version, which changes or lacks {changed}",
        )
    return added
