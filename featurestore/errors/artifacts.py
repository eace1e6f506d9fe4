"""Errors of what steps leave behind: tables, training sets, splits and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from featurestore.errors.base import Retryable, StepFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


class TableNotFound(UsageError):
    """No table of this name has been written."""

    cause: ClassVar[str] = (
        "A table's name is misspelled, the lake is another one than was meant, or the step that fills the "
        "table has not run yet."
    )
    next_move: ClassVar[str] = "Ask for a table that the message lists, or run the step that writes it first."

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

    cause: ClassVar[str] = (
        "A training set, a split, a model, its version or its alias is asked for before it was made, or by "
        "another name."
    )
    next_move: ClassVar[str] = "Make it with the command that the message names, or choose one that exists."

    def __init__(self, kind: str, name: str, *, known: Iterable[str], remedy: str) -> None:
        self.kind, self.name, self.known, self.remedy = kind, name, tuple(sorted(known)), remedy
        super().__init__(f"Expected a {kind} {name!r}, found {', '.join(self.known) or 'none'}. {remedy}")


class ArtifactExists(UsageError):
    """The name is taken by something made from other inputs."""

    cause: ClassVar[str] = (
        "A training set or a split is asked for by the name of one that was made from other data or with "
        "other settings. What is saved is never replaced."
    )
    next_move: ClassVar[str] = (
        "Ask for it as it was made, or choose another name; a split has that of its training set."
    )

    def __init__(self, kind: str, name: str, *, difference: str) -> None:
        self.kind, self.name, self.difference = kind, name, difference
        super().__init__(
            f"The {kind} {name!r} exists and was made differently ({difference}). {self.next_move}"
        )


class TableBroken(StepFailed):
    """A table's files contradict each other."""

    cause: ClassVar[str] = (
        "Files of a table were removed or changed by hand or by a failing disk, so that its folder no "
        "longer says what it holds."
    )
    next_move: ClassVar[str] = (
        "Restore the table's `.hoodie` folder from a copy, or do what the message says in its place."
    )

    def __init__(self, table: str, *, finding: str, remedy: str) -> None:
        self.table, self.finding, self.remedy = table, finding, remedy
        super().__init__(f"Table {table!r}: {finding}. {remedy}")


class TableMoved(StepFailed, Retryable):
    """Another writer committed to a table while this one made rows that were to replace all of it."""

    cause: ClassVar[str] = (
        "Two runs wrote one table at the same time, and this one would have replaced rows it never read."
    )
    next_move: ClassVar[str] = "Run it again, with one writer at a time."

    def __init__(self, table: str, *, read: str, found: str) -> None:
        self.table, self.read, self.found = table, read, found
        super().__init__(
            f"{table}: was read as of {read}, and now ends with {found}. Nothing was written. {self.next_move}"
        )


class ArtifactBroken(StepFailed):
    """A file of a saved training set, split or model does not hold what it must."""

    cause: ClassVar[str] = "It was damaged, or written by another version of featurestore."
    next_move: ClassVar[str] = "Restore it from a copy, or make it again under another name."

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received!r}. {self.cause} {self.next_move}")


class RegistryMoved(StepFailed):
    """Another writer changed the registry after this one had looked."""

    cause: ClassVar[str] = (
        "Someone else applied definitions or moved an alias between the look and the change, or the plan "
        "that `featurestore apply --plan` names no longer holds."
    )
    next_move: ClassVar[str] = (
        "Run `featurestore plan` or `featurestore models list` to see what is there now, then ask anew."
    )

    def __init__(self, subject: str, *, planned: str, found: str) -> None:
        self.subject, self.planned, self.found = subject, planned, found
        super().__init__(f"The {subject} moved on: expected {planned}, found {found}. {self.next_move}")
