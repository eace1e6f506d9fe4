"""Which commits a run reads, from timelines alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from featurestore.clickstream.definitions import PROJECT
from featurestore.config import load_profile
from featurestore.errors import BeforeFirstCommit, InTheFuture, TableNotFound, UnknownDefinition
from featurestore.step_requests import PinTablesRequest
from featurestore.steps.pin_tables import pin_tables
from tests.helpers.timelines import table_with

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

SERVICE = "purchase_propensity"
USERS, TYPES = "features/user_activity/v1", "features/event_type_activity/v1"
ONE, TWO, THREE = "20240601120000000", "20240601130000000", "20240601140000000"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    table_with(tmp_path, USERS, ONE, THREE)
    table_with(tmp_path, TYPES, ONE, TWO)
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})


def pinned(profile: Profile, as_of: datetime | None = None) -> dict[str, str]:
    return pin_tables(profile, PROJECT, PinTablesRequest(service=SERVICE, as_of=as_of)).instants


def test_without_a_time_the_newest_commits_are_fixed(profile: Profile) -> None:
    assert pinned(profile) == {TYPES: TWO, USERS: THREE}


def test_with_a_time_those_that_a_reader_saw_then(profile: Profile) -> None:
    assert pinned(profile, datetime(2024, 6, 1, 13, 30, tzinfo=timezone.utc)) == {TYPES: TWO, USERS: ONE}


def test_a_time_that_nothing_was_seen_at_is_refused(profile: Profile) -> None:
    with pytest.raises(BeforeFirstCommit):
        pinned(profile, datetime(2024, 1, 1, tzinfo=timezone.utc))
    with pytest.raises(InTheFuture):
        pinned(profile, datetime.now(timezone.utc) + timedelta(days=1))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    empty = load_profile("local", overrides={"storage.root_uri": str(tmp_path / "none")}, variables={})

    with pytest.raises(TableNotFound):
        pinned(empty)
    with pytest.raises(UnknownDefinition):
        pin_tables(empty, PROJECT, PinTablesRequest(service="nothing"))
