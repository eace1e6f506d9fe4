"""The story of 60 users gives the same answers in a folder, on MinIO, fake-gcs-server and Azurite."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.clickstream.definitions import CLICKSTREAM
from featurestore.clickstream.demo_topic import begin_topic
from featurestore.clickstream.inputs import stream_messages
from featurestore.dev.emulators import down
from featurestore.kafka_topics import produce
from tests.helpers.emulators import NAMES, Place, started
from tests.helpers.story_on_a_store import is_of_the_sixty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featurestore.dev.kafka import BrokerStatus

pytestmark = [pytest.mark.spark, pytest.mark.kafka, pytest.mark.stores]

Seen = dict[str, Any]
SMALL = {"spark.driver_memory": "2g", "spark.shuffle_partitions": 2}


@pytest.fixture(scope="module")
def topic(kafka_broker: BrokerStatus, dataset_path: Path) -> str:
    """The broker's address; the topic holds June of the sixty, and what is broken."""
    bootstrap = str(kafka_broker.bootstrap)
    begin_topic(bootstrap, anew=True)
    messages = [one for one in stream_messages(dataset_path, 2) if _is_of_the_sixty(one[1])]
    produce(bootstrap, CLICKSTREAM.topic, messages)
    return bootstrap


def _is_of_the_sixty(message: bytes) -> bool:
    try:
        event = json.loads(message)
    except ValueError:
        return True
    return not isinstance(event, dict) or is_of_the_sixty(str(event.get("user_id", "0")))


def told(place: Place, topic: str, dataset: Path) -> Seen:
    """What the story saw there."""
    settings = {**place.settings, **SMALL, "kafka.bootstrap": topic}
    command = [sys.executable, "-m", "tests.helpers.story_on_a_store"]
    done = subprocess.run(
        [*command, place.name, str(dataset), json.dumps(settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen: Seen = json.loads(done.stdout.splitlines()[-1])
    return seen


@pytest.fixture(scope="module")
def here(topic: str, dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """In a folder of this machine."""
    folder = tmp_path_factory.mktemp("local")
    settings = {"storage.root_uri": str(folder / "lake"), "state_directory": str(folder / "state")}
    return told(Place(name="local", settings=settings), topic, dataset_path)


@pytest.fixture(scope="module", params=NAMES)
def there(
    request: pytest.FixtureRequest, topic: str, dataset_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """On an object store."""
    folder = tmp_path_factory.mktemp("emulator")
    place = started(request.param, folder)
    try:
        yield told(place, topic, dataset_path)
    finally:
        down(place.profile, folder)


def test_the_story_gives_the_same_rows_everywhere(here: Seen, there: Seen) -> None:
    assert there["digests"] == here["digests"]
    assert there["metrics"] == here["metrics"]
    for number in ("read", "rejected", "streamed", "rows", "pinned", "applied"):
        assert there[number] == here[number], number
    assert there["streamed"] > 0
    assert there["page"]


def test_a_read_as_of_shows_what_was_there_then(there: Seen) -> None:
    assert set(there["as of"].values()) == {True}
    assert set(there["moved on"].values()) == {True}


def test_what_was_read_from_the_topic_is_not_read_again(there: Seen) -> None:
    assert there["streamed again"] == 0


def test_of_two_who_create_a_file_at_once_one_does(there: Seen) -> None:
    assert there["created"] == [["False", "True"]] * 5


def test_of_two_appliers_at_once_one_is_told_that_the_other_was_faster(there: Seen) -> None:
    assert there["applied at once"][1] == "RegistryMoved"
    assert there["after"] == 1


def test_files_are_found_by_the_names_they_were_written_with(here: Seen, there: Seen) -> None:
    assert there["found"] == here["found"] == ["/names/a b.csv", "/names/plain.csv", "/names/ü.csv"]
    assert there["listed"] == here["listed"]
