"""One frozen request a step: what is asked of it; `to_argv` and `from_argv` are inverses."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

import msgspec

from featurestore.errors import InvalidRequest
from featurestore.request_checks import check, check_one_of, check_since, check_version, in_utc, only_of

RequestT = TypeVar("RequestT", bound="Request")


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all requests. Every field is a scalar, so that a request fits on a command line."""

    def to_json(self) -> dict[str, Any]:
        """Plain data; times are ISO 8601 text in UTC."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    def to_argv(self) -> list[str]:
        """The request as `--name value` pairs; absent values are left out."""
        argv: list[str] = []
        for name, value in self.to_json().items():
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                argv += [f"--{name.replace('_', '-')}", text]
        return argv


def from_argv(kind: type[RequestT], argv: list[str]) -> RequestT:
    """The request that `to_argv` wrote; `InvalidRequest` says which argument does not fit."""
    known = {f"--{field.encode_name.replace('_', '-')}": field.name for field in msgspec.structs.fields(kind)}
    names, values = argv[::2], argv[1::2]
    if len(names) != len(values) or not set(names) <= known.keys() or len(set(names)) < len(names):
        expected = f"pairs of a name and a value, each name once, among {', '.join(known)}"
        raise InvalidRequest(kind.__name__, expected=expected, received=" ".join(argv))
    given = {known[name]: value for name, value in zip(names, values, strict=True)}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(kind.__name__, expected="values of its fields", received=str(error)) from error


class SplitBy(Enum):
    """How a training set is divided."""

    ENTITY = "entity"
    TIME = "time"


class PinInputRequest(Request, frozen=True, kw_only=True):
    """Fix what the next ingest of a source shall read: new offsets of its topic, or files.

    Files are meant for a source without topic, with `batch`, and with `path`, which takes the place of the source's
    own. What is `pinned` already is checked and handed on.
    """

    source: str
    batch: bool = False
    path: str | None = None
    pinned: str | None = None


class ValidateRequest(Request, frozen=True, kw_only=True):
    """Hold input against a source's contract and write nothing: what is `pinned`, else files."""

    source: str
    pinned: str | None = None
    path: str | None = None
    max_rejected_fraction: float = 1.0
    """More than this part of the rows, rejected, fails the step."""

    def __post_init__(self) -> None:
        fraction = self.max_rejected_fraction
        check("max_rejected_fraction", fraction, fits=0 <= fraction <= 1, expected="a number from 0 to 1")
        check_one_of("validate", path=self.path, pinned=self.pinned)


class IngestBatchRequest(Request, frozen=True, kw_only=True):
    """Ingest the files of a source; `path` takes the place of the source's own, or what is `pinned`."""

    source: str
    path: str | None = None
    pinned: str | None = None

    def __post_init__(self) -> None:
        check_one_of("ingest_batch", path=self.path, pinned=self.pinned)


class IngestStreamRequest(Request, frozen=True, kw_only=True):
    """Ingest a source's topic; with `once` until it is drained, with `pinned` those ranges, else until stopped."""

    source: str
    once: bool = False
    interval_seconds: float = 10.0
    pinned: str | None = None

    def __post_init__(self) -> None:
        seconds = self.interval_seconds
        check("interval_seconds", seconds, fits=0 <= seconds < math.inf, expected="0 seconds or more")


class ComputeFeaturesRequest(Request, frozen=True, kw_only=True):
    """Bring a view's table up to its events, or to `source_instant` of them; with `full` all is computed anew."""

    view: str
    full: bool = False
    source_instant: str | None = None


class ReadRequest(Request, frozen=True, kw_only=True):
    """Read a table as a reader saw it at `as_of`, or as it is now."""

    table: str
    as_of: datetime | None = None
    limit: int = 20

    def __post_init__(self) -> None:
        in_utc(self, self.as_of)
        check("limit", self.limit, fits=self.limit >= 0, expected="0 rows or more")


class HistoryRequest(Request, frozen=True, kw_only=True):
    """List a table's commits."""

    table: str
    limit: int = 50

    def __post_init__(self) -> None:
        check("limit", self.limit, fits=self.limit >= 0, expected="0 commits or more")


class BuildTrainingSetRequest(Request, frozen=True, kw_only=True):
    """Build and save a service's training set from its tables as of a time, or as they are now.

    `tables` (`table@instant,...`) names the commits of the service's views instead. With `only` (`field=value`) the
    rows are those asked about at an event whose field has that value.
    """

    service: str
    name: str
    as_of: datetime | None = None
    tables: str | None = None
    only: str | None = None

    def __post_init__(self) -> None:
        in_utc(self, self.as_of)
        only_of(self.only)
        check_one_of("build_training_set", as_of=self.as_of, tables=self.tables)


class SplitRequest(Request, frozen=True, kw_only=True):
    """Divide a training set into train and test."""

    training_set: str
    by: SplitBy = SplitBy.ENTITY
    test_fraction: float = 0.2

    def __post_init__(self) -> None:
        fraction = self.test_fraction
        check("test_fraction", fraction, fits=0 < fraction < 1, expected="a number between 0 and 1")


class TrainRequest(Request, frozen=True, kw_only=True):
    """Train a model on the train part of a training set, with an algorithm's defaults or as a spec says."""

    training_set: str
    model: str
    algorithm: str | None = None
    """A name or import path; logistic regression unless this or a spec is given."""
    spec: str | None = None
    """A training spec as JSON."""


class EvaluateRequest(Request, frozen=True, kw_only=True):
    """Measure a model on the test part of a training set; the newest version unless one or an alias is named."""

    model: str
    training_set: str
    version: int | None = None
    alias: str | None = None
    threshold: float | None = None
    """The model's own unless given."""
    gate: bool = False
    """Whether a condition of the spec that does not hold fails the step."""

    def __post_init__(self) -> None:
        check_version(self.version)
        fits = self.threshold is None or 0 <= self.threshold <= 1
        check("threshold", self.threshold, fits=fits, expected="a number from 0 to 1")


class ScoreRequest(Request, frozen=True, kw_only=True):
    """Predict for every row a service asks about, as of a time, into the model's predictions table.

    `tables` (`table@instant,...`) names the commits of the service's views instead of a time.
    """

    model: str
    version: int | None = None
    alias: str | None = None
    as_of: datetime | None = None
    tables: str | None = None
    since: timedelta | None = None
    """Only rows at most this much older than the newest event."""
    only: str | None = None
    """Only rows asked about at an event whose field has a value, `field=value`."""

    def __post_init__(self) -> None:
        in_utc(self, self.as_of)
        only_of(self.only)
        check_one_of("score", as_of=self.as_of, tables=self.tables)
        check_version(self.version)
        check_since(self.since)


class RegisterModelRequest(Request, frozen=True, kw_only=True):
    """Let an alias stand for a version whose evaluation on a training set passed its gate; needs no Spark."""

    model: str
    version: int
    training_set: str
    alias: str = "champion"

    def __post_init__(self) -> None:
        check_version(self.version)


class PinTablesRequest(Request, frozen=True, kw_only=True):
    """Fix the commits of a service's views that a run shall read, as of a time or as they are now; needs no Spark."""

    service: str
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        in_utc(self, self.as_of)


class MeasureDriftRequest(Request, frozen=True, kw_only=True):
    """Measure how far current rows have moved from those that a model was trained on.

    The newest version unless one or an alias is named; the newest commits of the service's views unless `tables`
    (`table@instant,...`) names them.
    """

    model: str
    version: int | None = None
    alias: str | None = None
    tables: str | None = None
    since: timedelta | None = None
    """Rows at most this much older than the newest event count as current; 30 days unless given."""
    threshold: float = 0.25
    """From this population stability index on, a feature has drifted."""

    def __post_init__(self) -> None:
        check_version(self.version)
        check_since(self.since)
        fits = 0 < self.threshold < math.inf
        check("threshold", self.threshold, fits=fits, expected="a number above 0")


class ReportModelRequest(Request, frozen=True, kw_only=True):
    """Write the page of a model: the newest version unless one or an alias is named."""

    model: str
    version: int | None = None
    alias: str | None = None
    training_set: str | None = None
    """Whose evaluation is shown; the one that the model was trained on unless given."""
    since: timedelta | None = None
    """Rows at most this much older than the newest event count as current; 30 days unless given."""
    output: str | None = None
    """A path or URI; `report.html` beside the model unless given."""

    def __post_init__(self) -> None:
        check_version(self.version)
        check_since(self.since)


class PlanRequest(Request, frozen=True, kw_only=True):
    """Say what applying the project's definitions would change."""


class ApplyRequest(Request, frozen=True, kw_only=True):
    """Put the project's definitions in force; with `plan` (its id) only if that plan still holds."""

    plan: str | None = None
