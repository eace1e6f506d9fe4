"""Schema versions of a source's table, and which change of schema may follow which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from featurestore.definitions.base import Definition, definition_hash
from featurestore.definitions.schema import Field, Schema
from featurestore.errors import SchemaIncompatible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featurestore.definitions.sources import Source

RULE = "BACKWARD_TRANSITIVE"


class Identity(Definition, frozen=True, kw_only=True):
    """What decides a row's key, time and order; it never changes over a table's life."""

    event_id: tuple[str, ...]
    event_timestamp: str
    version: str | None
    is_deleted: str | None
    keeps_versions: bool

    @classmethod
    def of(cls, source: Source) -> Identity:
        """The identity that a source declares."""
        return cls(
            event_id=source.event_id,
            event_timestamp=source.event_timestamp,
            version=source.version,
            is_deleted=source.is_deleted,
            keeps_versions=source.keeps_versions,
        )


class SchemaVersion(Definition, frozen=True, kw_only=True):
    """One version of a table's schema; `evolved` names the fields that data brought, not the declaration."""

    number: int
    schema: Schema
    identity: Identity
    evolved: tuple[str, ...] = ()


def encode_versions(versions: Sequence[SchemaVersion]) -> str:
    """The versions as JSON text, for a commit's metadata."""
    return msgspec.json.encode(versions, order="deterministic").decode()


def decode_versions(text: str) -> tuple[SchemaVersion, ...]:
    """The versions that `encode_versions` wrote."""
    return msgspec.json.decode(text, type=tuple[SchemaVersion, ...])


def effective_schema(declared: Schema, versions: Sequence[SchemaVersion]) -> Schema:
    """The declared schema with the fields that earlier data brought and the declaration does not name."""
    if not versions:
        return declared
    newest = versions[-1]
    extra = tuple(newest.schema.field(name) for name in newest.evolved if name not in declared.names)
    return Schema(fields=(*declared.fields, *extra), on_unknown=declared.on_unknown)


def next_versions(
    source: Source, schema: Schema, versions: Sequence[SchemaVersion], *, evolved: Sequence[str] = ()
) -> tuple[SchemaVersion, ...]:
    """The table's versions once `schema` is written: the same, or one more.

    Raises `SchemaIncompatible` where readers of the new schema could not read what any older version wrote.
    """
    identity = Identity.of(source)
    for version in versions:
        _check(source.name, version, schema, identity)
    names = tuple(sorted({*(versions[-1].evolved if versions else ()), *evolved}))
    if versions and definition_hash(versions[-1].schema) == definition_hash(schema):
        return tuple(versions)
    number = versions[-1].number + 1 if versions else 1
    return (*versions, SchemaVersion(number=number, schema=schema, identity=identity, evolved=names))


def all_fields(versions: Sequence[SchemaVersion]) -> tuple[Field, ...]:
    """Every field a table has a column for, in the order in which they came; newest declaration of each."""
    found: dict[str, Field] = {}
    for version in versions:
        for field in version.schema.fields:
            found[field.name] = field
    return tuple(found.values())


def _check(source: str, old: SchemaVersion, new: Schema, identity: Identity) -> None:
    if identity != old.identity:
        change = f"key, time or order of events: {old.identity.to_json()} -> {identity.to_json()}"
        raise SchemaIncompatible(source, rule=RULE, change=change, version=old.number)
    before = {field.name: field for field in old.schema.fields}
    for field in new.fields:
        previous = before.get(field.name)
        if previous is None:
            if field.required and field.default is None:
                change = f"new field {field.name!r} is required and has no default"
                raise SchemaIncompatible(source, rule=RULE, change=change, version=old.number)
        elif previous.data_type is not field.data_type:
            change = f"type of {field.name!r}: {previous.data_type.value} -> {field.data_type.value}"
            raise SchemaIncompatible(source, rule=RULE, change=change, version=old.number)
        elif field.required and not previous.required and field.default is None:
            change = f"{field.name!r} was optional and is now required without a default"
            raise SchemaIncompatible(source, rule=RULE, change=change, version=old.number)
