"""What every definition has: immutability, JSON in and out, a stable hash, checked names."""

from __future__ import annotations

import hashlib
import re
from typing import Any, TypeVar

import msgspec

from featurestore.errors import DefinitionError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
DefinitionT = TypeVar("DefinitionT", bound="Definition")


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all definitions: a frozen value, equal when its content is equal.

    Every value is checked against its declared type, here and when it comes from JSON; lists become tuples.
    JSON leaves out what has its default, so that a field added later, with a default that keeps the meaning of
    older definitions, changes neither their JSON nor their hash. A default itself must never change.
    """

    def __post_init__(self) -> None:
        for field in msgspec.structs.fields(type(self)):
            try:
                value = msgspec.convert(getattr(self, field.name), field.type)
            except msgspec.ValidationError as error:
                subject = f"{type(self).__name__}, {field.name}"
                raise DefinitionError(subject, expected="a value of its type", received=str(error)) from error
            msgspec.structs.force_setattr(self, field.name, value)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON; durations are ISO 8601 text."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def from_json(kind: type[DefinitionT], tree: object) -> DefinitionT:
    """The definition that `to_json` described; `DefinitionError` says which part does not fit."""
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        raise DefinitionError(
            kind.__name__, expected="the JSON of a definition", received=str(error)
        ) from error


def definition_hash(definition: Definition) -> str:
    """SHA-256 (hex) of the definition's canonical JSON: equal content, equal hash, on every machine."""
    return hashlib.sha256(msgspec.json.encode(definition, order="deterministic")).hexdigest()


def checked_name(subject: str, name: str) -> None:
    """Names become columns, folders and pod labels: lower-case words joined by `_`, at most 63 characters."""
    if not _NAME.fullmatch(name):
        raise DefinitionError(
            subject,
            expected="a name of lower-case letters, digits and _, starting with a letter",
            received=name,
        )


def unique(subject: str, names: list[str]) -> None:
    """Raises `DefinitionError` where a name occurs twice."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DefinitionError(subject, expected="names that occur once", received=", ".join(repeated))
