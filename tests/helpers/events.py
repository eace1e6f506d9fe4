"""A small source, its lake and its input, for tests of everything that ingests or reads events."""

from __future__ import annotations

import dataclasses
import json
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from featurestore.config import load_profile
from featurestore.definitions import Project
from featurestore.definitions.schema import DataType, Field, OnUnknown, Schema
from featurestore.definitions.sources import FileSource, KafkaSource
from featurestore.step_requests import IngestBatchRequest, ReadRequest
from featurestore.steps.ingest_batch import ingest_batch
from featurestore.steps.read_table import read_table
from featurestore.steps.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from featurestore.step_reports import IngestReport

TABLE = "events/clicks"
QUARANTINE = "quarantine/clicks"
ID = Field(name="id", data_type=DataType.STRING)
AT = Field(name="at", data_type=DataType.TIMESTAMP)
AMOUNT = Field(name="amount", data_type=DataType.INT64, required=False, minimum=0)


def fields(*more: Field, on_unknown: OnUnknown = OnUnknown.DROP) -> Schema:
    """`id`, `at`, `amount` (optional, 0 or more), and `more`."""
    return Schema(fields=(ID, AT, AMOUNT, *more), on_unknown=on_unknown)


def clicks(**settings: Any) -> FileSource:
    """The source `clicks`, identified by `id` at time `at`, where `settings` say nothing else."""
    return FileSource(**_settings(settings))


def clicks_stream(topic: str, **settings: Any) -> KafkaSource:
    """The source `clicks` from a topic."""
    return KafkaSource(topic=topic, **_settings(settings))


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": "clicks",
        "schema": fields(),
        "event_id": ("id",),
        "event_timestamp": "at",
        **settings,
    }


def lake_at(
    spark: SparkSession, folder: Path, source: FileSource | KafkaSource, **overrides: object
) -> Workspace:
    """A workspace with this one source and its lake under `folder`."""
    settings = {
        "storage.root_uri": str(folder / "lake"),
        "state_directory": str(folder / "state"),
        "spark.shuffle_partitions": 2,
        **{key.replace("__", "."): value for key, value in overrides.items()},
    }
    profile = load_profile("local", overrides=settings, variables={})
    return Workspace(spark=spark, profile=profile, project=Project(name="shop", sources=(source,)))


def redefined(workspace: Workspace, source: FileSource | KafkaSource) -> Workspace:
    """The same lake with its source defined anew."""
    return dataclasses.replace(workspace, project=Project(name="shop", sources=(source,)))


def event(name: str, at: str = "2024-03-01T10:00:00Z", **values: Any) -> dict[str, Any]:
    """One event of `clicks`."""
    return {"id": name, "at": at, **values}


def write_lines(path: Path, *rows: Mapping[str, Any] | str) -> str:
    """A file of one line a row; texts are written as they are. Its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def ingest(workspace: Workspace, *rows: Mapping[str, Any] | str) -> IngestReport:
    """Ingests these rows as a new file of JSON lines."""
    folder = lake_folder(workspace).parent / "input"
    return ingest_file(workspace, write_lines(folder / f"{uuid.uuid4().hex}.jsonl", *rows))


def ingest_file(workspace: Workspace, path: str) -> IngestReport:
    """Ingests the files at a path."""
    return ingest_batch(workspace, IngestBatchRequest(source="clicks", path=path))


def stored(workspace: Workspace, table: str = TABLE, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of the rows a reader sees now, in the order of their keys."""
    report = read_table(workspace, ReadRequest(table=table, limit=1000))
    return [tuple(row[column] for column in columns) for row in report.rows]


def digest(workspace: Workspace, table: str = TABLE) -> str:
    """The digest of what a reader sees now."""
    return read_table(workspace, ReadRequest(table=table, limit=0)).digest


def balances(report: IngestReport) -> bool:
    """Whether every row read is accounted for, as the contract has it."""
    changed = report.inserted + report.updated + report.stale
    return report.accepted + report.rejected + report.superseded == report.read and changed == report.accepted


def lake_folder(workspace: Workspace) -> Path:
    """Where the lake lies on this machine."""
    return Path(urlsplit(workspace.root_uri).path)


def copy_of(workspace: Workspace, folder: Path, **overrides: object) -> Workspace:
    """The same lake once more, under `folder`."""
    shutil.copytree(lake_folder(workspace), folder / "lake")
    (source,) = workspace.project.sources
    return lake_at(workspace.spark, folder, source, **overrides)


def timeline_folder(workspace: Workspace, table: str = TABLE) -> Path:
    """Where a table's commits are files."""
    return lake_folder(workspace) / table / ".hoodie" / "timeline"
