"""Errors of definitions, of what a step is asked for, and of what it is given to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from featurestore.errors.base import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class DefinitionError(UsageError):
    """A definition contradicts itself or another one."""

    cause: ClassVar[str] = (
        "A project's definitions do not fit together, a training spec contradicts itself, or a view was "
        "computed with another definition of the same version."
    )
    next_move: ClassVar[str] = "Correct the definition."

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received!r}. {self.next_move}")


class UnknownDefinition(DefinitionError):
    """The project defines nothing of this kind and name."""

    cause: ClassVar[str] = (
        "A command, or another definition, names a source, view, service or field that the project does "
        "not define."
    )
    next_move: ClassVar[str] = "Choose a name that is defined, or define this one."

    def __init__(self, kind: str, name: str, *, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        super().__init__(
            f"{kind} {name!r}",
            expected=f"one of: {', '.join(self.known) or 'none is defined'}",
            received=name,
        )


class InvalidRequest(UsageError):
    """A step was asked for something it cannot mean."""

    cause: ClassVar[str] = (
        "An argument is out of range or contradicts another one, or an input file is not of the kind it "
        "should be."
    )
    next_move: ClassVar[str] = "Correct it and try again."

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received!r}. {self.next_move}")


class NaiveTimestamp(UsageError):
    """A time came without a zone where nothing declares one."""

    cause: ClassVar[str] = (
        "A time such as 2024-06-01T00:00:00 was given, which means another moment in each zone."
    )
    next_move: ClassVar[str] = "Add the zone, or declare `timezone` on the source."

    def __init__(self, subject: str, received: object) -> None:
        self.subject, self.received = subject, received
        super().__init__(
            f"{subject}: expected a time with a zone, such as 2024-06-01T00:00:00Z, got {received}. "
            f"{self.next_move}"
        )


class SourceNotFound(UsageError):
    """There is nothing to read where a source says its input is."""

    cause: ClassVar[str] = (
        "No file matches a source's path, its Kafka topic does not exist, or a training spec is not where "
        "it was said to be."
    )
    next_move: ClassVar[str] = "Check the path with its wildcards, or the name of the topic."

    def __init__(self, source: str, *, location: str, remedy: str) -> None:
        self.source, self.location, self.remedy = source, location, remedy
        super().__init__(f"Source {source!r}: expected input at {location}, found none. {remedy}")


class BreakingChange(UsageError):
    """A change of definitions would break what exists, and no new version was given."""

    cause: ClassVar[str] = (
        "`featurestore apply` met changes after which what is stored could no longer be used, such as "
        "another type of a field or a feature defined otherwise."
    )
    next_move: ClassVar[str] = "Change the definitions as said, or take them back."

    def __init__(self, project: str, *, changes: Mapping[str, str]) -> None:
        self.project, self.changes = project, dict(changes)
        said = "; ".join(f"{name}: {reason}" for name, reason in self.changes.items())
        super().__init__(
            f"Project {project!r}: expected changes that keep what exists, got {len(self.changes)} that do not "
            f"({said}). Nothing was applied. {self.next_move}"
        )
