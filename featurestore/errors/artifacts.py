"""Errors of what steps leave behind: tables, training sets, splits and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.errors.base import StepFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


class TableNotFound(UsageError):
    """No table of this name has been written."""

    def __init__(self, table: str, *, location: str, known: Iterable[str] = ()) -> None:
        self.table, self.location, self.known = table, location, tuple(sorted(known))
        move = (
            f"Ask for one of: {', '.join(self.known)}."
            if self.known
            else "Run the step that writes it first."
        )
        super().__init__(f"Expected a table {table!r} at {location}, found none. {move}")


class ArtifactNotFound(UsageError):
    """No training set, split or model of this name has been saved."""

    def __init__(self, kind: str, name: str, *, known: Iterable[str], remedy: str) -> None:
        self.kind, self.name, self.known, self.remedy = kind, name, tuple(sorted(known)), remedy
        super().__init__(f"Expected a {kind} {name!r}, found {', '.join(self.known) or 'none'}. {remedy}")


class ArtifactExists(UsageError):
    """The name is taken by something made from other inputs."""

    def __init__(self, kind: str, name: str, *, difference: str) -> None:
        self.kind, self.name, self.difference = kind, name, difference
        super().__init__(
            f"The {kind} {name!r} exists and was made differently ({difference}). Choose another name."
        )


class TableBroken(StepFailed):
    """A table's files contradict each other."""

    def __init__(self, table: str, *, finding: str, remedy: str) -> None:
        self.table, self.finding, self.remedy = table, finding, remedy
        super().__init__(f"Table {table!r}: {finding}. {remedy}")


class ArtifactBroken(StepFailed):
    """A file of a saved training set, split or model does not hold what it must."""

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(
            f"{subject}: expected {expected}, got {received!r}. "
            "It was damaged, or written by another version of featurestore. Make it again under another name."
        )


class RegistryMoved(StepFailed):
    """Another writer changed the registry after this one had looked."""

    def __init__(self, subject: str, *, planned: object, found: object) -> None:
        self.subject, self.planned, self.found = subject, planned, found
        super().__init__(
            f"The {subject} moved on: expected generation {planned} to be the newest, found {found}. "
            "Run it again, after a look at what the other writer changed."
        )
