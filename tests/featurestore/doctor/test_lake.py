"""What is said of a lake: in a folder, and on servers that run."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.dev.emulators import down
from featurestore.doctor import lake as looked_at
from featurestore.doctor.finding import Finding, NotAsNeededError, Outcome
from featurestore.doctor.lake import lake
from featurestore.files import list_names
from tests.helpers.emulators import NAMES, Place, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ALL = ["identity", "bucket", "write", "read", "list", "conditional write", "clock", "delete"]
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)


def found(place: Place) -> dict[str, Finding]:
    return {one.check: one for one in lake(place.profile)}


def failed(told: dict[str, Finding]) -> list[str]:
    return [name for name, one in told.items() if one.outcome is Outcome.FAIL]


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return Place(name="local", settings={"storage.root_uri": str(tmp_path / "lake")})


@pytest.fixture(scope="module", params=NAMES)
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("emulator")
    place = started(request.param, folder)
    yield place
    down(place.profile, folder)


def test_a_folder_does_all_that_files_must_do(here: Place) -> None:
    told = found(here)

    assert list(told) == ALL
    assert failed(told) == []
    assert list_names(here.profile.storage.root_uri) == []


@pytest.mark.kafka
def test_a_store_does_all_that_files_must_do_and_nothing_stays(there: Place) -> None:
    told = found(there)

    assert list(told) == ALL
    assert {name: one.seen for name, one in told.items() if one.outcome is not Outcome.PASS} == {}
    assert list_names(there.profile.storage.root_uri) == []


@pytest.mark.kafka
def test_a_bucket_that_is_not_there_is_told(there: Place) -> None:
    root = there.profile.storage.root_uri.replace("featurestore-lake", "nobodys-lake")

    told = found(Place(name=there.name, settings={**there.settings, "storage.root_uri": root}))

    assert (list(told), failed(told)) == (["identity", "bucket"], ["bucket"])
    assert told["bucket"].fix == "Make the bucket, or correct storage.root_uri."


def test_a_root_that_is_a_file_ends_the_looking(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")

    told = found(Place(name="local", settings={"storage.root_uri": str(tmp_path / "file" / "lake")}))

    assert failed(told) == [list(told)[-1]]
    assert "delete" not in told


@pytest.mark.parametrize(
    ("function", "double", "check"),
    [
        ("read_text", lambda _: "something else", "read"),
        ("list_names", lambda _: [], "list"),
        ("write_new_text", lambda _uri, _text: True, "conditional write"),
        ("delete_tree", lambda _: None, "delete"),
    ],
)
def test_a_store_that_does_otherwise_fails(
    here: Place, monkeypatch: pytest.MonkeyPatch, function: str, double: Callable[..., Any], check: str
) -> None:
    monkeypatch.setattr(looked_at, function, double)

    assert check in failed(found(here))


@pytest.mark.parametrize(("seconds", "which"), [(-60, "behind"), (60, "ahead of")])
def test_clocks_that_are_apart_fail(
    here: Place, monkeypatch: pytest.MonkeyPatch, seconds: int, which: str
) -> None:
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    monkeypatch.setattr(looked_at, "_moment", lambda _: at)

    told = found(here)["clock"]

    assert told.outcome is Outcome.FAIL
    assert f"s {which} this machine's" in told.seen


@pytest.mark.parametrize(
    "written",
    [
        {"mtime": MOMENT.timestamp()},
        {"LastModified": MOMENT},
        {"updated": "2023-11-14T22:13:20Z"},
        {"last_modified": MOMENT.replace(tzinfo=None)},
    ],
)
def test_every_client_tells_the_same_time_in_its_own_way(written: dict[str, Any]) -> None:
    assert looked_at._moment(written) == MOMENT


def test_a_store_without_times_is_told() -> None:
    with pytest.raises(NotAsNeededError, match="does not say when"):
        looked_at._moment({})


def test_a_profile_whose_keys_are_not_here_ends_with_its_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    place = Place(name="minio", settings={"identity.secret_file": str(tmp_path / "none.env")})

    told = found(place)

    assert (list(told), failed(told)) == (["identity"], ["identity"])
