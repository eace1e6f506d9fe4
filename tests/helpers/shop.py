"""A small shop: visits as JSON lines, a view of them, and a service that asks who buys within an hour."""

from __future__ import annotations

import json
import random
import uuid
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from featurestore.config import load_profile
from featurestore.definitions import (
    Aggregation,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    Label,
    Project,
    Schema,
    SessionEnds,
)
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.definitions.schema import DataType
from featurestore.offline.encoding import table_digest
from featurestore.offline.features import standing
from featurestore.step_requests import ComputeFeaturesRequest, IngestBatchRequest
from featurestore.steps.compute_features import compute_features
from featurestore.steps.ingest_batch import ingest_batch
from featurestore.steps.workspace import Workspace
from tests.helpers.frames import NULL, at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from featurestore.step_reports import ComputeFeaturesReport, IngestReport

Event = dict[str, Any]

FIELDS = (
    Field(name="id", data_type=DataType.STRING),
    Field(name="user", data_type=DataType.STRING, required=False),
    Field(name="time", data_type=DataType.TIMESTAMP),
    Field(name="page", data_type=DataType.STRING, required=False),
    Field(name="pieces", data_type=DataType.INT64, required=False),
    Field(name="price", data_type=DataType.FLOAT64, required=False),
    Field(name="session", data_type=DataType.STRING, required=False),
    Field(name="revision", data_type=DataType.INT64, required=False, default=1),
    Field(name="gone", data_type=DataType.BOOLEAN, required=False, default=False),
)
VISITS = FileSource(
    name="visits",
    schema=Schema(fields=FIELDS),
    event_id=("id",),
    event_timestamp="time",
    version="revision",
    is_deleted="gone",
    availability_delay=timedelta(0),
)
USER = Entity(name="user", join_keys=("user",))
SHORT, LONG = timedelta(minutes=10), timedelta(minutes=30)
AGGREGATIONS = (
    Aggregation(function=Function.COUNT, window=SHORT, name="visits_10m"),
    Aggregation(function=Function.COUNT, window=LONG, name="visits_30m"),
    Aggregation(function=Function.COUNT, window=LONG, field="page", name="pages_30m"),
    Aggregation(function=Function.SUM, window=LONG, field="pieces", name="pieces_30m"),
    Aggregation(function=Function.SUM, window=SHORT, field="price", name="price_10m"),
    Aggregation(function=Function.DISTINCT_COUNT, window=LONG, field="page", name="kinds_30m"),
    Aggregation(function=Function.LAST, window=SHORT, field="page", name="last_page_10m"),
    Aggregation(function=Function.LAST, window=LONG, field="pieces", name="last_pieces_30m"),
)
ACTIVITY = FeatureView(name="activity", entity=USER, source="visits", aggregations=AGGREGATIONS)
SMALL = FeatureView(
    name="small",
    entity=USER,
    source="visits",
    aggregations=(AGGREGATIONS[0], AGGREGATIONS[3], AGGREGATIONS[6]),
)
PAGE_VIEW = FeatureView(
    name="pages",
    entity=Entity(name="page", join_keys=("page",)),
    source="visits",
    aggregations=(Aggregation(function=Function.COUNT, window=LONG, name="visits_30m"),),
)
BUYERS = FeatureService(
    name="buyers",
    views=(SMALL,),
    spine=SessionEnds(source="visits", entity=USER, session_field="session", carry=("page",)),
    label=Label(name="buys", field="page", value="buy", horizon=timedelta(hours=1)),
)
TWO_VIEWS = FeatureService(name="two_views", views=(SMALL, PAGE_VIEW), spine=BUYERS.spine, label=BUYERS.label)
PROJECT = Project(
    name="shop", sources=(VISITS,), views=(ACTIVITY, SMALL, PAGE_VIEW), services=(BUYERS, TWO_VIEWS)
)


def lake_at(spark: SparkSession, folder: Path, project: Project = PROJECT) -> Workspace:
    """A workspace on a lake in this folder, for tests that share one."""
    settings = {
        "storage.root_uri": str(folder / "lake"),
        "state_directory": str(folder / "state"),
        "spark.driver_memory": "2g",
        "spark.shuffle_partitions": 2,
    }
    profile = load_profile("local", overrides=settings, variables={})
    return Workspace(spark=spark, profile=profile, project=project)


def events(text: str, *, columns: str = "id user time page pieces") -> list[Event]:
    """Events from a text table, as `tests.helpers.frames` reads it; a null is left out."""
    names = columns.split()
    rows = (dict(zip(names, line.split(), strict=True)) for line in text.strip().splitlines())
    return [{name: _value(name, cell) for name, cell in row.items() if cell != NULL} for row in rows]


def ingest(
    workspace: Workspace, folder: Path, rows: Iterable[Event], *, source: str = "visits"
) -> IngestReport:
    """Ingests these events from a new file, which is written into the folder."""
    path = folder / f"{source}-{uuid.uuid4().hex}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return ingest_batch(workspace, IngestBatchRequest(source=source, path=str(path)))


def a_days_visits(users: int = 50) -> list[Event]:
    """Four sessions a user from 8:00 on; who ends one in the cart often buys half an hour later.

    Nobody buys after the last sessions, which end about 14:00. One visit at 23:00 makes all of them ripe.
    """
    chance = random.Random(3)  # noqa: S311 - no secret
    rows = ["last nobody 23:00 home 1 -"]
    for user, visit in product(range(users), range(4)):
        minute = chance.randint(0, 20)
        pages = [chance.choice(["home", "cart", "help"]) for _ in range(chance.randint(1, 3))]
        for number, page in enumerate(pages):
            time = f"{8 + 2 * visit:02}:{minute + number:02}"
            rows.append(f"e{user}-{visit}-{number} u{user} {time} {page} {chance.randint(1, 5)} s{visit}")
        if visit < 3 and chance.random() < (0.8 if pages[-1] == "cart" else 0.1):
            rows.append(f"b{user}-{visit} u{user} {8 + 2 * visit:02}:{minute + 32:02} buy 1 -")
    return events("\n".join(rows), columns="id user time page pieces session")


def compute(workspace: Workspace, view: str = "small", *, full: bool = False) -> ComputeFeaturesReport:
    """Brings a view up to its events."""
    return compute_features(workspace, ComputeFeaturesRequest(view=view, full=full))


def stored(workspace: Workspace, view: str = "small") -> DataFrame:
    """The standing rows of a view's table, those after the newest event included."""
    table = workspace.lake.table(workspace.project.view(view).table)
    return standing(table.read_at(table.timeline().latest_visible()))


def digest(workspace: Workspace, view: str = "small") -> str:
    """The digest of the standing rows, whichever runs they come from."""
    return table_digest(stored(workspace, view), leave_out=["version"])


def _value(name: str, cell: str) -> Any:
    if name == "time":
        return at(cell).isoformat()
    if name in ("pieces", "revision"):
        return int(cell)
    if name == "price":
        return float(cell)
    return cell == "true" if name == "gone" else cell
