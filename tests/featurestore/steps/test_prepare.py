"""What is refused before Spark starts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream.definitions import PROJECT as CLICKSTREAM
from featurestore.config import load_profile
from featurestore.errors import InTheFuture, InvalidRequest, MissingSetting, SourceNotFound, TableNotFound
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    ReadRequest,
    Request,
)
from featurestore.steps import prepare as preparing
from featurestore.steps.prepare import _CHECKS, prepare, prepare_with
from pipelines.jobs import LIGHT_STEPS
from tests.helpers import shop

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from featurestore.steps.workspace import Workspace

LATER = datetime.now(timezone.utc) + timedelta(days=400)


def profile_at(folder: Path) -> Profile:
    overrides = {"storage.root_uri": str(folder / "lake"), "state_directory": str(folder / "state")}
    return load_profile("local", overrides=overrides, variables={})


def mark_table(folder: Path, name: str) -> None:
    """Makes the file by which a table is known."""
    mark = folder / "lake" / name / ".hoodie" / "hoodie.properties"
    mark.parent.mkdir(parents=True)
    mark.touch()


@pytest.fixture(autouse=True)
def _no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a session was asked for")

    monkeypatch.setattr(preparing, "open_workspace", refuse)


def test_a_batch_without_files_is_refused(tmp_path: Path) -> None:
    request = IngestBatchRequest(source="visits", path=str(tmp_path / "*.jsonl"))

    with pytest.raises(SourceNotFound):
        prepare(profile_at(tmp_path), request, shop.PROJECT)


def test_a_batch_without_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="a path on the source or in the call"):
        prepare(profile_at(tmp_path), IngestBatchRequest(source="visits"), shop.PROJECT)


def test_a_stream_without_a_broker_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(MissingSetting, match="featurestore dev kafka up"):
        prepare(profile_at(tmp_path), IngestStreamRequest(source="clickstream"), CLICKSTREAM)


def test_features_without_events_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableNotFound, match="events/visits"):
        prepare(profile_at(tmp_path), ComputeFeaturesRequest(view="small"), shop.PROJECT)


def test_the_future_is_refused(tmp_path: Path) -> None:
    mark_table(tmp_path, "events/visits")

    with pytest.raises(InTheFuture):
        prepare(profile_at(tmp_path), ReadRequest(table="events/visits", as_of=LATER), shop.PROJECT)


def test_a_training_set_needs_the_tables_of_its_views_and_a_name(tmp_path: Path) -> None:
    with pytest.raises(TableNotFound, match="features/small/v1"):
        prepare(profile_at(tmp_path), BuildTrainingSetRequest(service="buyers", name="march"), shop.PROJECT)
    with pytest.raises(InvalidRequest, match="a name of"):
        prepare(profile_at(tmp_path), BuildTrainingSetRequest(service="buyers", name="../x"), shop.PROJECT)


def test_a_call_that_is_no_request_is_refused_by_its_own_check(tmp_path: Path) -> None:
    def check(place: Workspace) -> None:
        raise InvalidRequest(place.project.name, expected="others", received="these")

    with pytest.raises(InvalidRequest, match="shop"):
        prepare_with(check, profile_at(tmp_path), shop.PROJECT)


def test_every_request_has_its_check_unless_it_needs_no_spark() -> None:
    assert set(_CHECKS) | set(LIGHT_STEPS.values()) == set(Request.__subclasses__())
