"""Errors of steps that ran and could not finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.errors.base import StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


class ContractViolation(StepFailed):
    """An event broke a rule whose declared answer is `fail`; nothing was committed."""

    def __init__(self, source: str, *, reason: str, field: str, rows: int, example: str) -> None:
        self.source, self.reason, self.field, self.rows, self.example = source, reason, field, rows, example
        super().__init__(
            f"Source {source!r}: {rows} event(s) broke the contract ({reason} in {field!r}), "
            f"which is set to fail; first: {example}. Nothing was committed. "
            "Correct the input, or declare `reject` or `default`."
        )


class SchemaIncompatible(StepFailed):
    """A schema differs from the table's versions in a way that would break readers."""

    def __init__(self, source: str, *, rule: str, change: str, version: int) -> None:
        self.source, self.rule, self.change, self.version = source, rule, change, version
        super().__init__(
            f"Source {source!r}: {change} breaks {rule} against schema version {version}. "
            "Nothing was written. Make the change compatible, or give the source a new name."
        )


class FeaturesBehind(StepFailed):
    """The views of a service were computed from different states of their events."""

    def __init__(self, service: str, *, instants: dict[str, str]) -> None:
        self.service, self.instants = service, instants
        found = ", ".join(f"{view} from {instant}" for view, instant in sorted(instants.items()))
        super().__init__(
            f"Service {service!r}: expected views computed from the same events, found {found}. "
            "Run `featurestore features compute` for those that are behind."
        )


class RowCountMismatch(StepFailed):
    """Rows in and rows out differ, which must never happen; nothing was written."""

    def __init__(self, step: str, *, expected: int, received: int) -> None:
        self.step, self.expected, self.received = step, expected, received
        super().__init__(
            f"{step}: expected {expected} rows, got {received}. Nothing was written. "
            "Report this: it is a defect of featurestore, not of your data."
        )


class NotEnoughRows(StepFailed):
    """There are too few rows for what was asked."""

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received}. Add rows, or ask for less.")


class EngineFailed(StepFailed):
    """Spark or Java failed; the log file holds the whole trace."""

    def __init__(self, *, cause: str, log: str) -> None:
        self.cause, self.log = cause, log
        super().__init__(f"Spark could not finish: {cause}. Read the full trace in {log}.")


class GateFailed(StepFailed):
    """A model does not reach what its training spec asks for."""

    def __init__(self, model: str, *, failed: Mapping[str, str]) -> None:
        self.model, self.failed = model, dict(failed)
        said = "; ".join(f"{condition}: {finding}" for condition, finding in self.failed.items())
        super().__init__(
            f"Model {model} was measured and is not let in: {said}. "
            "Train another, or change the conditions in its spec."
        )
