"""Keep fitted models in numbered versions that many writers can add to; `model_versions` says where what lies.

Writers meet only in the card, which one of them can create. Each saves its model in a folder with a token
of its own, which the card names: no writer replaces another's model, and nobody reads what a killed one left.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.ml import PipelineModel

from featurestore.files import absolute_uri, delete_tree, join_uri, write_new_text
from featurestore.training.model_versions import CARD, find_version, load_card, models_folder, versions_in

if TYPE_CHECKING:
    from featurestore.training.model_card import ModelCard


def save_model(model: PipelineModel, card: ModelCard, *, root_uri: str, name: str) -> str:
    """Save a model as the next version and return that version.

    Where a version with the card's fingerprint exists, nothing is saved and that one is returned. A save that
    is killed leaves no version behind; the next one takes its number. InvalidRequest for a name other than
    lower-case letters, digits, - and _.
    """
    folder = models_folder(root_uri, name)
    while True:
        existing = find_version(card, root_uri=root_uri, name=name)
        if existing is not None:
            return existing
        versions = versions_in(folder)
        version = str(int(versions[-1]) + 1 if versions else 1)
        if _save_as(model, replace(card, name=name, version=version), join_uri(folder, version)):
            return version


def load_model(*, root_uri: str, name: str, version: str | None = None) -> PipelineModel:
    """Load a version of a model, the newest by default; ArtifactNotFound if there is none."""
    card = load_card(root_uri=root_uri, name=name, version=version)
    return PipelineModel.load(
        absolute_uri(join_uri(models_folder(root_uri, name), card.version, card.folder))
    )


def _save_as(model: PipelineModel, card: ModelCard, folder: str) -> bool:
    """Save under the card's version; False, and nothing left, if another writer made that version first."""
    place = join_uri("model", uuid.uuid4().hex)
    saved = False
    try:
        model.write().save(absolute_uri(join_uri(folder, place)))
        saved = write_new_text(join_uri(folder, CARD), replace(card, folder=place).to_json())
    finally:
        if not saved:
            delete_tree(join_uri(folder, place))
    return saved
