"""What is known of training sets: there once their manifest is, and never changed."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from featurestore.errors import ArtifactBroken, ArtifactExists, ArtifactNotFound, InvalidRequest
from featurestore.steps.saved_manifests import SavedManifests, SplitManifest, TrainingSetManifest

DIVISION = SplitManifest(
    training_set="visits",
    training_set_digest="d1",
    by="entity",
    test_fraction=0.2,
    train="train-1",
    test="test-1",
    train_rows=1,
    train_positives=1,
    test_rows=1,
    test_positives=0,
    gap_rows=0,
)


def manifest(**changes: Any) -> TrainingSetManifest:
    made = TrainingSetManifest(
        name="visits",
        service="buyers",
        service_hash="h1",
        profile="local",
        instants={"events/visits": "20240601000000000"},
        as_of=None,
        known_as_of="latest",
        rows=2,
        positives=1,
        unripe_rows=0,
        digest="d1",
        folder="rows-1",
        keys=("user",),
        features=("small__visits_10m",),
        label="buys",
        label_horizon_seconds=3600,
        longest_window_seconds=1800,
        created_at=datetime(2024, 6, 1, tzinfo=timezone.utc),
    )
    return msgspec.structs.replace(made, **changes)


def test_the_first_writer_of_a_name_wins_and_the_second_gets_its_manifest(tmp_path: Path) -> None:
    saved = SavedManifests(str(tmp_path))

    first = saved.publish("visits", manifest())

    assert saved.publish("visits", manifest(folder="rows-2")) == first == saved.training_set("visits")


@pytest.mark.parametrize("change", [{"service_hash": "h2"}, {"instants": {}}, {"service": "others"}])
def test_a_name_that_holds_something_else_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    saved = SavedManifests(str(tmp_path))
    saved.publish("visits", manifest())

    with pytest.raises(ArtifactExists, match=f"other {next(iter(change))}"):
        saved.publish("visits", manifest(**change))


def test_what_is_known_is_listed_and_strangers_in_the_folder_are_not(tmp_path: Path) -> None:
    saved = SavedManifests(str(tmp_path))
    saved.publish("visits", manifest())
    (tmp_path / "training_sets" / "Not A Name").mkdir()
    (tmp_path / "training_sets" / "half" / "rows-1").mkdir(parents=True)

    with pytest.raises(ArtifactNotFound) as failed:
        saved.existing_training_set("half")

    assert failed.value.known == ("visits",)


@pytest.mark.parametrize("name", ["", "../visits", "Visits", "a/b", "-a", "a" * 64])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest):
        SavedManifests(str(tmp_path)).training_set(name)


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    saved = SavedManifests(str(tmp_path))
    folder = Path(saved.folder("visits"))
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(text, encoding="utf-8")

    with pytest.raises(ArtifactBroken, match=r"manifest\.json"):
        saved.training_set("visits")


def test_a_split_stands_beside_its_training_set(tmp_path: Path) -> None:
    saved = SavedManifests(str(tmp_path))
    saved.publish("visits", manifest())

    with pytest.raises(ArtifactNotFound):
        saved.existing_split("visits")
    saved.publish("visits", DIVISION)
    with pytest.raises(ArtifactExists, match="other test_fraction"):
        saved.publish("visits", msgspec.structs.replace(DIVISION, test_fraction=0.5))

    assert saved.existing_split("visits") == DIVISION
