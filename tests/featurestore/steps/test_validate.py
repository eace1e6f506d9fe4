"""Input held against its contract, with nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from featurestore.definitions.schema import DataType, Field, OnViolation
from featurestore.errors import ContractViolation, InvalidRequest, TooManyRejected
from featurestore.kafka_topics import create_topic, produce
from featurestore.step_requests import PinInputRequest, ValidateRequest
from featurestore.steps.pin_input import pin_input
from featurestore.steps.validate import validate
from tests.helpers.events import (
    clicks,
    clicks_stream,
    event,
    fields,
    ingest,
    lake_at,
    lake_folder,
    write_lines,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.dev.kafka import BrokerStatus
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """A lake, and a file of three good rows and one bad."""

    workspace: Workspace
    path: str


@pytest.fixture(scope="module")
def mixed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    folder = tmp_path_factory.mktemp("validate")
    rows = [event("a"), event("b", amount=1), event("c", amount=-1), event("d", colour="red")]
    return Mixed(
        workspace=lake_at(spark, folder, clicks()), path=write_lines(folder / "mixed" / "rows.jsonl", *rows)
    )


def test_rows_are_judged_as_an_ingest_judges_them_and_nothing_is_written(
    mixed: Mixed, tmp_path: Path
) -> None:
    report = validate(mixed.workspace, ValidateRequest(source="clicks", path=mixed.path))

    assert not lake_folder(mixed.workspace).exists()
    assert (report.read, report.accepted, report.rejected, report.rejected_fraction) == (4, 3, 1, 0.25)
    assert report.unknown_fields == {"colour": 1}
    elsewhere = lake_at(mixed.workspace.spark, tmp_path, clicks())
    ingested = ingest(elsewhere, event("a"), event("b", amount=1), event("c", amount=-1))
    assert [(one.reason, one.field, one.rows) for one in ingested.rejections] == [
        (one.reason, one.field, one.rows) for one in report.rejections
    ]


@pytest.mark.parametrize("allowed", [0.0, 0.2])
def test_more_rejected_rows_than_are_allowed_fail_the_step(mixed: Mixed, allowed: float) -> None:
    request = ValidateRequest(source="clicks", path=mixed.path, max_rejected_fraction=allowed)

    with pytest.raises(TooManyRejected, match="1 of 4 rows are rejected") as raised:
        validate(mixed.workspace, request)

    assert (raised.value.rejected, raised.value.read, raised.value.allowed) == (1, 4, allowed)
    assert not lake_folder(mixed.workspace).exists()


def test_just_as_many_as_are_allowed_pass(mixed: Mixed) -> None:
    request = ValidateRequest(source="clicks", path=mixed.path, max_rejected_fraction=0.25)

    assert validate(mixed.workspace, request).rejected == 1


def test_a_rule_that_must_hold_fails_the_step_however_much_is_allowed(mixed: Mixed, tmp_path: Path) -> None:
    strict = Field(name="kind", data_type=DataType.STRING, on_violation=OnViolation.FAIL)
    workspace = lake_at(mixed.workspace.spark, tmp_path, clicks(schema=fields(strict)))

    with pytest.raises(ContractViolation, match="kind"):
        validate(workspace, ValidateRequest(source="clicks", path=mixed.path))


@pytest.mark.kafka
def test_exactly_the_pinned_range_of_a_topic_is_judged(
    spark: SparkSession, kafka_broker: BrokerStatus, tmp_path: Path
) -> None:
    bootstrap = kafka_broker.bootstrap
    assert bootstrap
    create_topic(bootstrap, "validated", partitions=1)
    workspace = lake_at(spark, tmp_path, clicks_stream("validated"), kafka__bootstrap=bootstrap)
    good = b'{"id": "a", "at": "2024-03-01T10:00:00Z"}'
    produce(bootstrap, "validated", [(None, good, 0), (None, b"no JSON", 0)])
    pinned = pin_input(workspace.profile, workspace.project, PinInputRequest(source="clicks")).pinned
    produce(bootstrap, "validated", [(None, good, 0)])

    report = validate(workspace, ValidateRequest(source="clicks", pinned=pinned))

    assert (report.read, report.rejected, report.pinned) == (2, 1, pinned)
    assert not lake_folder(workspace).joinpath("events").exists()


def test_a_path_and_a_pin_are_one_too_many() -> None:
    with pytest.raises(InvalidRequest, match="one of path and pinned"):
        ValidateRequest(source="clicks", path="x", pinned="files@y")
