"""Errors of steps that ran and could not finish."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from featurestore.errors.base import Retryable, StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


class ContractViolation(StepFailed):
    """An event broke a rule whose declared answer is `fail`; nothing was committed."""

    cause: ClassVar[str] = (
        "A row of the input breaks a rule of the source's schema, and the schema says that such a row must "
        "stop the step."
    )
    next_move: ClassVar[str] = "Correct the input, or declare `reject` or `default`."

    def __init__(self, source: str, *, reason: str, field: str, rows: int, example: str) -> None:
        self.source, self.reason, self.field, self.rows, self.example = source, reason, field, rows, example
        super().__init__(
            f"Source {source!r}: {rows} event(s) broke the contract ({reason} in {field!r}), "
            f"which is set to fail; first: {example}. Nothing was committed. "
            f"{self.next_move}"
        )


class TooManyRejected(StepFailed):
    """More rows break the contract than the run allows; nothing was committed."""

    cause: ClassVar[str] = (
        "The run states which part of the rows may be rejected (`--max-rejected-fraction`), and more of them break a "
        "rule of the source's schema."
    )
    next_move: ClassVar[str] = "Correct the input, or allow more."

    def __init__(self, source: str, *, read: int, rejected: int, allowed: float, example: str) -> None:
        self.source, self.read, self.rejected, self.allowed = source, read, rejected, allowed
        self.example = example
        super().__init__(
            f"Source {source!r}: {rejected:,} of {read:,} rows are rejected ({rejected / read:.1%}), and "
            f"{allowed:.1%} are allowed; first: {example}. Nothing was committed. {self.next_move}"
        )


class SchemaIncompatible(StepFailed):
    """A schema differs from the table's versions in a way that would break readers."""

    cause: ClassVar[str] = (
        "A source's schema was changed so that events stored under an earlier version do not fit it, such "
        "as by another type of a field."
    )
    next_move: ClassVar[str] = "Make the change compatible, or give the source a new name."

    def __init__(self, source: str, *, rule: str, change: str, version: int) -> None:
        self.source, self.rule, self.change, self.version = source, rule, change, version
        super().__init__(
            f"Source {source!r}: {change} breaks {rule} against schema version {version}. "
            f"Nothing was written. {self.next_move}"
        )


class FeaturesBehind(StepFailed):
    """The views of a service were computed from different states of their events."""

    cause: ClassVar[str] = "Events were ingested, and then only some of the service's views were computed."
    next_move: ClassVar[str] = "Run `featurestore features compute` for those that are behind."

    def __init__(self, service: str, *, instants: Mapping[str, str]) -> None:
        self.service, self.instants = service, dict(instants)
        found = ", ".join(f"{view} from {instant}" for view, instant in sorted(instants.items()))
        super().__init__(
            f"Service {service!r}: expected views computed from the same events, found {found}. "
            f"{self.next_move}"
        )


class RowCountMismatch(StepFailed):
    """Rows in and rows out differ, which must never happen; nothing was written."""

    cause: ClassVar[str] = (
        "A join or a division of rows lost or doubled some. No input should be able to cause this."
    )
    next_move: ClassVar[str] = "Report this: it is a defect of featurestore, not of your data."

    def __init__(self, step: str, *, expected: int, received: int) -> None:
        self.step, self.expected, self.received = step, expected, received
        super().__init__(
            f"{step}: expected {expected} rows, got {received}. Nothing was written. {self.next_move}"
        )


class NotEnoughRows(StepFailed):
    """There are too few rows for what was asked."""

    cause: ClassVar[str] = (
        "No label's horizon has passed yet, a side of the split would stay empty, or the rows are all of "
        "one class."
    )
    next_move: ClassVar[str] = "Add rows, or ask for less."

    def __init__(self, subject: str, *, expected: str, received: object) -> None:
        self.subject, self.expected, self.received = subject, expected, received
        super().__init__(f"{subject}: expected {expected}, got {received}. {self.next_move}")


class EngineFailed(StepFailed):
    """Spark or Java failed; the log file holds the whole trace."""

    cause: ClassVar[str] = (
        "A file that Spark reads is damaged, memory or disk ran out, or the Java process ended. The "
        "message names the deepest cause."
    )
    next_move: ClassVar[str] = "Read the full trace in the log that the message names."

    def __init__(self, *, finding: str, log: str) -> None:
        self.finding, self.log = finding, log
        super().__init__(f"Spark could not finish: {finding}. Read the full trace in {log}.")


class GateFailed(StepFailed):
    """A model does not reach what its training spec asks for."""

    cause: ClassVar[str] = (
        "`featurestore evaluate --gate` measured a model for which a condition under `gate` of its "
        "training spec does not hold."
    )
    next_move: ClassVar[str] = "Train another model, or change the conditions in its spec."

    def __init__(self, model: str, *, failed: Mapping[str, str]) -> None:
        self.model, self.failed = model, dict(failed)
        said = "; ".join(f"{condition}: {finding}" for condition, finding in self.failed.items())
        super().__init__(f"Model {model} was measured and is not let in: {said}. {self.next_move}")


class JobFailed(StepFailed):
    """A job that ran elsewhere ended without doing what it was for."""

    cause: ClassVar[str] = (
        "The step failed in its own process or pod, which says why, or that was ended from outside: out of "
        "memory, evicted, deleted."
    )
    next_move: ClassVar[str] = "Read the driver's log, which the message names."

    def __init__(
        self,
        job: str,
        *,
        told: str,
        code: int | None,
        log: str,
        move: str | None = None,
        error_type: str | None = None,
        may_pass: bool = False,
    ) -> None:
        self.job, self.told, self.code, self.log, self.move = job, told, code, log, move
        # The class of the error that the step itself ended with, and whether the same may go well another time.
        self.error_type, self.may_pass = error_type, may_pass
        where = f"The driver's log: {log}. {move}" if move else f"Read the driver's log: {log}."
        super().__init__(f"{job} failed: {told.rstrip('.')}. {where}")


class ImageNotBuilt(StepFailed):
    """Docker or buildah could not build an image, keep it or push it."""

    cause: ClassVar[str] = (
        "The base image cannot be had, the disk is full, or the registry does not take the image from this "
        "machine."
    )
    next_move: ClassVar[str] = (
        "Check the base and the registry; `--base` takes the archive of an image as well as a name."
    )

    def __init__(self, image: str, *, program: str, told: str) -> None:
        self.image, self.program, self.told = image, program, told
        super().__init__(f"{program} did not finish {image}: {told.rstrip('.')}. {self.next_move}")


class NotificationFailed(StepFailed, Retryable):
    """Nobody could be told how a run ended."""

    cause: ClassVar[str] = (
        "The webhook or the mail server is down, does not know the address any more, or the network does not let "
        "this machine through."
    )
    next_move: ClassVar[str] = "Check what `notifications` in the profile names, and its secrets."

    def __init__(self, way: str, *, told: str) -> None:
        self.way, self.told = way, told
        super().__init__(f"The notification by {way} did not arrive: {told.rstrip('.')}. {self.next_move}")


class PipelineFailed(StepFailed):
    """A run of a pipeline ended before its last task."""

    cause: ClassVar[str] = "One of its tasks failed, which the message names with its cause."
    next_move: ClassVar[str] = "Correct the cause, then go on with `featurestore pipeline resume`."

    def __init__(self, run: str, *, task: str | None, told: str, log: str) -> None:
        self.run, self.task, self.told, self.log = run, task, told, log
        where = f"{task}: {told.rstrip('.')}" if task else told.rstrip(".")
        super().__init__(f"Run {run} failed. {where}. The run's log: {log}. {self.next_move}")
