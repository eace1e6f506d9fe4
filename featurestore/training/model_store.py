"""Keep fitted models in numbered versions that many writers can add to.

    <root>/models/<name>/<version>/model/<token>/     Spark ML's own format, no pickle
    <root>/models/<name>/<version>/card.json          written last; the version exists once this does
    <root>/models/<name>/<version>/evaluations/<evaluation>.json

Writers meet only in the card, which one of them can create. Each saves its model in a folder with a token
of its own, which the card names: no writer replaces another's model, and nobody reads what a killed one left.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyspark.ml import PipelineModel

from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest
from featurestore.files import (
    absolute_uri,
    delete_tree,
    exists,
    join_uri,
    list_names,
    read_text,
    write_new_text,
    write_text,
)
from featurestore.training.json_shape import parse_json_object
from featurestore.training.metrics import Metrics
from featurestore.training.model_card import ModelCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CARD = "card.json"
_EVALUATIONS = "evaluations"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


def save_model(model: PipelineModel, card: ModelCard, *, root_uri: str, name: str) -> str:
    """Save a model as the next version and return that version.

    Where a version with the card's fingerprint exists, nothing is saved and that one is returned. A save that
    is killed leaves no version behind; the next one takes its number. InvalidRequest for a name other than
    lower-case letters, digits, - and _.
    """
    folder = _models(root_uri, name)
    while True:
        existing = find_version(card, root_uri=root_uri, name=name)
        if existing is not None:
            return existing
        versions = _versions(folder)
        version = str(int(versions[-1]) + 1 if versions else 1)
        if _save_as(model, replace(card, name=name, version=version), join_uri(folder, version)):
            return version


def find_version(card: ModelCard, *, root_uri: str, name: str) -> str | None:
    """Give the newest version of a model that has the card's fingerprint, if there is one."""
    folder = _models(root_uri, name)
    for version in reversed(_versions(folder)):
        if _read_card(folder, version).fingerprint == card.fingerprint:
            return version
    return None


def load_model(*, root_uri: str, name: str, version: str | None = None) -> PipelineModel:
    """Load a version of a model, the newest by default; ArtifactNotFound if there is none."""
    card = load_card(root_uri=root_uri, name=name, version=version)
    return PipelineModel.load(absolute_uri(join_uri(_models(root_uri, name), card.version, card.folder)))


def load_card(*, root_uri: str, name: str, version: str | None = None) -> ModelCard:
    """Read the card of a version, the newest by default, with all metrics added since it was written.

    ArtifactNotFound if there is none, ArtifactBroken for a card or metrics that cannot be read.
    """
    folder = _models(root_uri, name)
    versions = _versions(folder)
    if not versions or version not in (None, *versions):
        wanted = name if version is None else f"{name} version {version}"
        raise ArtifactNotFound(
            "model",
            wanted,
            known=versions or list_models(root_uri=root_uri),
            remedy="Train one, or choose of these.",
        )
    card = _read_card(folder, version or versions[-1])
    found = _read_metrics(join_uri(folder, card.version, _EVALUATIONS))
    return replace(card, metrics={**card.metrics, **found})


def list_models(*, root_uri: str) -> dict[str, tuple[str, ...]]:
    """Return the versions of each model, oldest first, by name."""
    names = [name for name in list_names(join_uri(root_uri, "models")) if _NAME.fullmatch(name)]
    versions = {name: tuple(_versions(_models(root_uri, name))) for name in names}
    return {name: found for name, found in versions.items() if found}


def add_evaluation(
    evaluation: Mapping[str, Any], *, root_uri: str, name: str, version: str, training_set: str
) -> None:
    """Keep an evaluation beside a version, replacing one on the same training set; the card stays as it is.

    It is an object of JSON, of which `metrics` becomes part of the card that `load_card` reads.
    """
    _check_name("evaluation", training_set)
    card = load_card(root_uri=root_uri, name=name, version=version)
    write_text(
        _evaluation_uri(root_uri, name, card.version, training_set), json.dumps(evaluation, allow_nan=False)
    )


def load_evaluation(*, root_uri: str, name: str, version: str, training_set: str) -> dict[str, Any]:
    """Read what `add_evaluation` kept; ArtifactNotFound where the version was not measured on this training set."""
    uri = _evaluation_uri(root_uri, name, version, training_set)
    if not exists(uri):
        measured = load_card(root_uri=root_uri, name=name, version=version).metrics
        raise ArtifactNotFound(
            "evaluation",
            f"{name} version {version} on {training_set}",
            known=measured,
            remedy="Run `featurestore evaluate` first.",
        )
    return _read_evaluation(uri)


def _save_as(model: PipelineModel, card: ModelCard, folder: str) -> bool:
    """Save under the card's version; False, and nothing left, if another writer made that version first."""
    place = join_uri("model", uuid.uuid4().hex)
    saved = False
    try:
        model.write().save(absolute_uri(join_uri(folder, place)))
        saved = write_new_text(join_uri(folder, _CARD), replace(card, folder=place).to_json())
    finally:
        if not saved:
            delete_tree(join_uri(folder, place))
    return saved


def _models(root_uri: str, name: str) -> str:
    _check_name("model name", name)
    return join_uri(root_uri, "models", name)


def _check_name(subject: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        expected = "1 to 63 lower-case letters, digits, - and _, the first a letter or digit"
        raise InvalidRequest(subject, expected=expected, received=name)


def _versions(folder: str) -> Sequence[str]:
    """The versions that have a card, oldest first."""
    numbers = sorted((name for name in list_names(folder) if _VERSION.fullmatch(name)), key=int)
    return [number for number in numbers if exists(join_uri(folder, number, _CARD))]


def _read_card(folder: str, version: str) -> ModelCard:
    uri = join_uri(folder, version, _CARD)
    card = ModelCard.from_json(read_text(uri), subject=uri)
    if card.version != version:
        raise ArtifactBroken(uri, expected=f"version {version}", received=card.version)
    return card


def _evaluation_uri(root_uri: str, name: str, version: str, training_set: str) -> str:
    return join_uri(_models(root_uri, name), version, _EVALUATIONS, f"{training_set}.json")


def _read_metrics(folder: str) -> dict[str, Metrics]:
    """The metrics of every evaluation of a version, by name of the training set."""
    names = [name.removesuffix(".json") for name in list_names(folder) if name.endswith(".json")]
    uris = {name: join_uri(folder, f"{name}.json") for name in names}
    return {
        name: Metrics.from_json(json.dumps(_read_evaluation(uri).get("metrics")), subject=uri)
        for name, uri in uris.items()
    }


def _read_evaluation(uri: str) -> dict[str, Any]:
    return parse_json_object(read_text(uri), subject=uri)
