"""Errors of definitions, of what a step is asked for, and of what it is given to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.errors.base import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class DefinitionError(UsageError):
    """A definition contradicts itself or another one."""

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received!r}. Correct the definition.")


class UnknownDefinition(DefinitionError):
    """The project defines nothing of this kind and name."""

    def __init__(self, kind: str, name: str, *, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        super().__init__(
            f"{kind} {name!r}",
            expected=f"one of: {', '.join(self.known) or 'none is defined'}",
            received=name,
        )


class InvalidRequest(UsageError):
    """A step was asked for something it cannot mean."""

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received!r}. Correct it and try again.")


class NaiveTimestamp(UsageError):
    """A time came without a zone where nothing declares one."""

    def __init__(self, subject: str, received: object) -> None:
        self.subject, self.received = subject, received
        super().__init__(
            f"{subject}: expected a time with a zone, such as 2024-06-01T00:00:00Z, got {received}. "
            "Add the zone, or declare `timezone` on the source."
        )


class SourceNotFound(UsageError):
    """There is nothing to read where a source says its input is."""

    def __init__(self, source: str, *, location: str, remedy: str) -> None:
        self.source, self.location, self.remedy = source, location, remedy
        super().__init__(f"Source {source!r}: expected input at {location}, found none. {remedy}")


class BreakingChange(UsageError):
    """A change of definitions would break what exists, and no new version was given."""

    def __init__(self, project: str, *, changes: Mapping[str, str]) -> None:
        self.project, self.changes = project, dict(changes)
        said = "; ".join(f"{name}: {reason}" for name, reason in self.changes.items())
        super().__init__(
            f"Project {project!r}: expected changes that keep what exists, got {len(self.changes)} that do not "
            f"({said}). Nothing was applied. Change them as said, or take them back."
        )
