"""Verbs on saved models: list them, promote a version to an alias, roll an alias back. None of them needs Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions import definition_hash
from featurestore.errors import InvalidRequest
from featurestore.step_reports import AliasReport, ModelEntry, ModelsReport
from featurestore.training.model_aliases import aliases_of, promote, roll_back, version_of
from featurestore.training.model_versions import list_models, load_card

if TYPE_CHECKING:
    from featurestore.definitions.features import FeatureService
    from featurestore.steps.workspace import Workspace
    from featurestore.training.model_aliases import Aliases
    from featurestore.training.model_card import ModelCard


def models_under(root_uri: str) -> ModelsReport:
    """Every version of every model, by name, oldest first, with the aliases that stand for it."""
    entries = []
    for name, versions in list_models(root_uri=root_uri).items():
        aliases = aliases_of(root_uri=root_uri, name=name).versions
        for version in versions:
            card = load_card(root_uri=root_uri, name=name, version=version)
            entries.append(
                ModelEntry(
                    model=name,
                    version=int(version),
                    aliases=tuple(alias for alias, stands_for in aliases.items() if stands_for == version),
                    algorithm=card.algorithm,
                    service=card.service,
                    training_set=card.training_set,
                    created_at=card.created_at,
                )
            )
    return ModelsReport(step="models", models=tuple(entries))


def promote_model(root_uri: str, *, model: str, version: int, alias: str) -> AliasReport:
    """Lets the alias stand for a version; raises `ArtifactNotFound`, `InvalidRequest`, `RegistryMoved`."""
    changed = promote(alias, root_uri=root_uri, name=model, version=str(version))
    return _report("promote", model, alias, changed)


def roll_back_model(root_uri: str, *, model: str, alias: str) -> AliasReport:
    """Lets the alias stand for what it stood for before; raises as `promote_model` does."""
    return _report("roll_back", model, alias, roll_back(alias, root_uri=root_uri, name=model))


def chosen_version(root_uri: str, *, model: str, version: int | None, alias: str | None) -> str | None:
    """The version that a request means: by number, by alias, or none for the newest.

    Raises `InvalidRequest` where both are given, `ArtifactNotFound` for an alias that is not there.
    """
    if version is not None and alias is not None:
        received = f"version {version} and alias {alias!r}"
        raise InvalidRequest(f"Model {model!r}", expected="a version or an alias", received=received)
    if alias is not None:
        return version_of(alias, root_uri=root_uri, name=model)
    return str(version) if version is not None else None


def service_of_model(workspace: Workspace, card: ModelCard) -> FeatureService:
    """The service that the model was trained for; `InvalidRequest` where its definition has changed since."""
    service = workspace.project.service(card.service)
    if definition_hash(service) != card.service_hash:
        raise InvalidRequest(
            f"Model {card.name!r}",
            expected=f"the definition of {service.name!r} it was trained with",
            received="another",
        )
    return service


def _report(step: str, model: str, alias: str, changed: Aliases) -> AliasReport:
    versions = {name: int(version) for name, version in changed.versions.items()}
    return AliasReport(step=step, model=model, alias=alias, version=versions[alias], aliases=versions)
