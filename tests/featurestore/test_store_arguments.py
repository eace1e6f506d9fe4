"""What callers may give: text where a time, a duration or a spec is meant."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from featurestore.definitions import TrainingSpec
from featurestore.errors import DefinitionError, InvalidRequest, NaiveTimestamp, SourceNotFound
from featurestore.step_requests import SplitBy
from featurestore.store_arguments import choice_of, duration_of, spec_of, time_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_time_is_aware_however_it_is_given() -> None:
    noon = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)

    assert time_of("2024-06-01T12:00:00Z") == time_of(noon) == noon
    assert time_of(None) is None
    with pytest.raises(NaiveTimestamp):
        time_of("2024-06-01T12:00:00")


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert duration_of(text) == duration


@pytest.mark.parametrize("text", ["soon", "7", "-1d", "1y", "0d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        duration_of(text)


def test_a_duration_may_be_given_as_one() -> None:
    assert duration_of(timedelta(hours=36)) == timedelta(hours=36)
    assert duration_of(None) is None


def test_a_choice_is_a_member_or_its_value() -> None:
    assert choice_of("by", "time", SplitBy) is choice_of("by", SplitBy.TIME, SplitBy) is SplitBy.TIME
    with pytest.raises(InvalidRequest, match="entity, time"):
        choice_of("by", "colour", SplitBy)


def test_a_spec_is_an_object_or_a_file(tmp_path: Path) -> None:
    spec = TrainingSpec(algorithm="random_forest")
    path = tmp_path / "spec.yaml"
    path.write_text("algorithm: random_forest")

    assert spec_of(str(path)) == spec_of(spec)
    assert msgspec.json.decode(spec_of(spec) or "") == {"algorithm": "random_forest"}
    assert spec_of(None) is None


def test_a_spec_that_is_none_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("algorithms: random_forest")

    with pytest.raises(DefinitionError):
        spec_of(str(path))
    with pytest.raises(SourceNotFound):
        spec_of(str(tmp_path / "nothing.yaml"))
