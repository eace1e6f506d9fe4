"""What is known of saved models: their versions, cards and evaluations; none of it needs Spark.

<root>/models/<name>/<version>/model/<token>/     Spark ML's own format, no pickle
<root>/models/<name>/<version>/card.json          written last; the version exists once this does
<root>/models/<name>/<version>/evaluations/<evaluation>.json
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest
from featurestore.files import (
    exists,
    join_uri,
    list_names,
    read_text,
    write_text,
)
from featurestore.training.json_shape import parse_json_object
from featurestore.training.metrics import Metrics
from featurestore.training.model_card import ModelCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CARD = "card.json"
_EVALUATIONS = "evaluations"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


def find_version(card: ModelCard, *, root_uri: str, name: str) -> str | None:
    """Give the newest version of a model that has the card's fingerprint, if there is one."""
    folder = models_folder(root_uri, name)
    for version in reversed(versions_in(folder)):
        if _read_card(folder, version).fingerprint == card.fingerprint:
            return version
    return None


def load_card(*, root_uri: str, name: str, version: str | None = None) -> ModelCard:
    """Read the card of a version, the newest by default, with all metrics added since it was written.

    ArtifactNotFound if there is none, ArtifactBroken for a card or metrics that cannot be read.
    """
    folder = models_folder(root_uri, name)
    versions = versions_in(folder)
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
    versions = {name: tuple(versions_in(models_folder(root_uri, name))) for name in names}
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


def models_folder(root_uri: str, name: str) -> str:
    """Where the versions of a model lie; InvalidRequest for a name that cannot be one."""
    _check_name("model name", name)
    return join_uri(root_uri, "models", name)


def _check_name(subject: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        expected = "1 to 63 lower-case letters, digits, - and _, the first a letter or digit"
        raise InvalidRequest(subject, expected=expected, received=name)


def versions_in(folder: str) -> Sequence[str]:
    """The versions that have a card, oldest first."""
    numbers = sorted((name for name in list_names(folder) if _VERSION.fullmatch(name)), key=int)
    return [number for number in numbers if exists(join_uri(folder, number, CARD))]


def _read_card(folder: str, version: str) -> ModelCard:
    uri = join_uri(folder, version, CARD)
    card = ModelCard.from_json(read_text(uri), subject=uri)
    if card.version != version:
        raise ArtifactBroken(uri, expected=f"version {version}", received=card.version)
    return card


def _evaluation_uri(root_uri: str, name: str, version: str, training_set: str) -> str:
    return join_uri(models_folder(root_uri, name), version, _EVALUATIONS, f"{training_set}.json")


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
