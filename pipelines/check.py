"""Checks a SparkApplication before it is submitted: its schema, then every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.errors import InvalidRequest
from pipelines.manifest_schema import schema_problems
from pipelines.rules.base import Application, Finding, Level, Rule
from pipelines.rules.images import IMAGES
from pipelines.rules.naming import NAMING
from pipelines.rules.places import PLACES
from pipelines.rules.pods import PODS
from pipelines.rules.scheduling import SCHEDULING
from pipelines.rules.settings import SETTINGS

if TYPE_CHECKING:
    from featurestore.config import Profile

RULES: tuple[Rule, ...] = (*NAMING, *IMAGES, *PODS, *SCHEDULING, *SETTINGS, *PLACES)

_SCHEMA = "M101"


def check(manifest: dict[str, Any], profile: Profile) -> tuple[Finding, ...]:
    """Where a manifest does not hold to its schema or to a rule, errors first; the profile says where it is to run.

    Rules are asked only of a manifest that has its schema's shape.
    """
    name = str((manifest.get("metadata") or {}).get("name") or "manifest")
    shape = [
        Finding(
            rule=_SCHEMA,
            level=Level.ERROR.value,
            application=name,
            where=where,
            received=received,
            holds="a SparkApplication of sparkoperator.k8s.io/v1beta2",
            why="The API server refuses it, or drops the field.",
            fix="Correct it; `featurestore manifests render` writes whole ones.",
        )
        for where, received in schema_problems(manifest)
    ]
    if shape:
        return tuple(shape)
    found = [
        one
        for rule in RULES
        for one in _findings(rule, Application(manifest=manifest, profile=profile), name)
    ]
    return tuple(sorted(found, key=lambda one: one.level != Level.ERROR.value))


def checked(manifest: dict[str, Any], profile: Profile) -> None:
    """Raises `InvalidRequest` with the first error of a manifest, which is not to be submitted then."""
    errors = [one for one in check(manifest, profile) if one.level == Level.ERROR.value]
    if errors:
        name = manifest["metadata"]["name"]
        raise InvalidRequest(name, expected=errors[0].holds, received=errors[0].line)


def _findings(rule: Rule, application: Application, name: str) -> list[Finding]:
    return [
        Finding(
            rule=rule.name,
            level=rule.level.value,
            application=name,
            where=where,
            received="nothing" if received is None else str(received),
            holds=rule.holds,
            why=rule.why,
            fix=rule.fix,
        )
        for where, received in rule.find(application)
    ]
