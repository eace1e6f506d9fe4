"""Sources: named streams of events with their contract, identity and times."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from featurestore.definitions.base import Definition, checked_name, unique
from featurestore.definitions.derived import DerivedColumn, check_derived
from featurestore.definitions.schema import DataType, Field, Schema
from featurestore.errors import DefinitionError

RESERVED = (
    "record_key",
    "event_timestamp",
    "known_at",
    "version",
    "is_deleted",
    "content_digest",
    "known_order",
    "event_date",
)
"""Columns that every events table has beside the fields of its schema."""

_TOPIC = re.compile("[A-Za-z0-9._-]{1,249}")
_OF_THE_TABLE = (
    "name",
    "schema",
    "event_id",
    "event_timestamp",
    "version",
    "is_deleted",
    "keeps_versions",
    "transform",
)


class FileFormat(Enum):
    """Formats of files; all may be compressed as the engine allows (`.gz`, for one)."""

    CSV = "csv"
    """With a header line; fields are found by name."""
    JSON_LINES = "json_lines"
    PARQUET = "parquet"


class Source(Definition, frozen=True, kw_only=True):
    """What file and Kafka sources share: the contract, and which fields say what an event is and when.

    - `event_id`: the fields that identify an event over the whole table; none: the row's own coordinates
      (file content and row number, or topic, partition and offset) do.
    - `event_timestamp`: the field that says when the event was true.
    - `timezone`: the zone of times that come without one; none: such times break the contract.
    - `version`: an integer or time field that orders versions of one event; none: `event_timestamp` does.
    - `known_at`: a time field that says when the event could be known; none: see `FileSource`, `KafkaSource`.
    - `is_deleted`: a boolean field; true deletes the event softly.
    - `keeps_versions`: facts get corrected and all versions are kept; readers see the greatest.
    - `transform`: columns derived from the fields, for views to use as if they were fields. The events table
      holds what came; the columns are computed whenever it is read, so that a new one needs no new ingest.
    """

    name: str
    schema: Schema
    event_id: tuple[str, ...] = ()
    event_timestamp: str
    timezone: str | None = None
    version: str | None = None
    known_at: str | None = None
    is_deleted: str | None = None
    keeps_versions: bool = False
    transform: tuple[DerivedColumn, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"Source {self.name!r}"
        checked_name(subject, self.name)
        self._check_role(subject, "event_timestamp", self.event_timestamp, (DataType.TIMESTAMP,))
        self._check_role(subject, "version", self.version, (DataType.INT64, DataType.TIMESTAMP))
        self._check_role(subject, "known_at", self.known_at, (DataType.TIMESTAMP,))
        self._check_role(subject, "is_deleted", self.is_deleted, (DataType.BOOLEAN,))
        unique(f"{subject}, event_id", list(self.event_id))
        for name in self.event_id:
            if self.schema.field(name).data_type is DataType.FLOAT64:
                raise DefinitionError(subject, expected="an event_id without floating numbers", received=name)
        if self.keeps_versions and (self.version is None or not self.event_id):
            raise DefinitionError(
                subject,
                expected="a version and an event_id, because it keeps versions",
                received=f"version {self.version!r} and event_id {self.event_id!r}",
            )
        self._check_reserved(subject)
        self._check_transform(subject)
        if self.timezone is not None:
            _check_zone(subject, self.timezone)

    def _check_role(self, subject: str, role: str, name: str | None, kinds: tuple[DataType, ...]) -> None:
        if name is None:
            return
        field = self.schema.field(name)
        if field.data_type not in kinds:
            expected = " or ".join(kind.value for kind in kinds)
            raise DefinitionError(
                f"{subject}, {role}", expected=f"a {expected} field", received=field.data_type.value
            )
        if role != "is_deleted" and not field.required and field.default is None:
            raise DefinitionError(
                f"{subject}, {role}", expected="a required field", received=f"optional {name!r}"
            )

    def _check_reserved(self, subject: str) -> None:
        roles = {
            "event_timestamp": self.event_timestamp,
            "version": self.version,
            "known_at": self.known_at,
            "is_deleted": self.is_deleted,
        }
        for name in self.schema.names:
            if name in RESERVED and roles.get(name) != name:
                raise DefinitionError(
                    subject, expected=f"a field name other than {name!r}, which is ours", received=name
                )

    def _check_transform(self, subject: str) -> None:
        unique(f"{subject}, transform", [*RESERVED, *(column.name for column in self.transform)])
        known = {field.name: field.data_type for field in self.schema.fields}
        check_derived(f"{subject}, transform", self.transform, known)

    @property
    def facts_schema(self) -> Schema:
        """What views may use: the fields, then the derived columns."""
        derived = (Field(name=one.name, data_type=one.data_type, required=False) for one in self.transform)
        return Schema(fields=(*self.schema.fields, *derived), on_unknown=self.schema.on_unknown)


class FileSource(Source, frozen=True, kw_only=True, tag="file", tag_field="kind"):
    """Events in files.

    `path` is a path or URI and may hold `*`, `?`, `[...]` and `**`. Without `format` a file's ending tells:
    `.csv`, `.jsonl`, `.ndjson`, `.parquet`, each but the last perhaps with `.gz`.

    With `availability_delay` the files are a declared backfill: each event counts as known at its
    `event_timestamp` plus the delay. Without it they are live, and an event is known from the time at which
    the batch that first brought it was read.
    """

    path: str | None = None
    format: FileFormat | None = None
    availability_delay: timedelta | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.availability_delay is not None:
            _check_delay(f"Source {self.name!r}, availability_delay", self.availability_delay)


class KafkaSource(Source, frozen=True, kw_only=True, tag="kafka", tag_field="kind"):
    """Events in a Kafka topic as JSON values, known from the time at which their batch was read.

    `visibility_delay` is added to that time. `batch_source` names the same events in files: `ingest batch`
    reads those, and both land in one table.
    """

    topic: str
    visibility_delay: timedelta = timedelta(0)
    batch_source: FileSource | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"Source {self.name!r}"
        _check_delay(f"{subject}, visibility_delay", self.visibility_delay)
        if not _TOPIC.fullmatch(self.topic):
            expected = "a topic name of letters, digits, `.`, `_` and `-`, at most 249"
            raise DefinitionError(subject, expected=expected, received=self.topic)
        if self.batch_source is not None:
            self._check_batch_source(subject, self.batch_source)

    def _check_batch_source(self, subject: str, files: FileSource) -> None:
        different = [name for name in _OF_THE_TABLE if getattr(self, name) != getattr(files, name)]
        if different:
            raise DefinitionError(
                subject,
                expected=f"a batch_source with equal {', '.join(_OF_THE_TABLE)}, because both fill one table",
                received=f"another {', '.join(different)}",
            )


def _check_delay(subject: str, delay: timedelta) -> None:
    if delay < timedelta(0):
        raise DefinitionError(subject, expected="a delay of 0 or more", received=delay)


def _check_zone(subject: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DefinitionError(
            subject, expected="a time zone name such as UTC or Europe/Berlin", received=zone
        ) from error
