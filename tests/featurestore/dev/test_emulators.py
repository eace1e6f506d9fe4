"""Object stores on this machine: started, found again, ended; what they hold is kept."""

from __future__ import annotations

import socket
import stat
from typing import TYPE_CHECKING

import pytest

from featurestore.config.clouds import IDENTITIES
from featurestore.dev.emulators import EMULATORS, down, status, up
from featurestore.errors import EmulatorFailed
from featurestore.files import exists, join_uri, read_text, write_text
from tests.helpers.emulators import NAMES, place_of, started

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kafka
"""As with a broker, servers are started."""


@pytest.mark.parametrize("name", NAMES)
def test_an_emulator_keeps_what_it_holds_from_one_start_to_the_next(name: str, tmp_path: Path) -> None:
    place = started(name, tmp_path)
    profile = place.profile
    uri = join_uri(profile.storage.root_uri, "a", "kept.txt")
    try:
        write_text(uri, "früh")
        running = status(profile, tmp_path)
        again = up(profile, tmp_path, tell=lambda _: None)
        ended = down(profile, tmp_path)
        assert up(profile, tmp_path, tell=lambda _: None).process_id != running.process_id
        assert exists(uri) == EMULATORS[name].keeps
        assert not exists(uri) or read_text(uri) == "früh"
    finally:
        gone = down(profile, tmp_path)

    assert running.running
    assert again.process_id == running.process_id
    assert (ended.running, gone.running) == (False, False)
    assert (running.profile, running.endpoint) == (name, profile.storage.endpoint)


@pytest.mark.parametrize("name", NAMES)
def test_its_secrets_are_made_up_and_for_their_owner_alone(name: str, tmp_path: Path) -> None:
    profile = started(name, tmp_path).profile
    down(profile, tmp_path)

    file = tmp_path / f"{name}.env"
    keys = dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())
    assert tuple(keys) == IDENTITIES[profile.identity.kind].secret_keys
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for place in tmp_path.rglob("server.log"):
        assert not any(value in place.read_text(encoding="utf-8") for value in keys.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_port_that_is_taken_is_told(name: str, tmp_path: Path) -> None:
    profile = started(name, tmp_path / "first").profile
    down(profile, tmp_path / "first")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(str(profile.storage.endpoint).rpartition(":")[2])))
        other.listen()
        with pytest.raises(EmulatorFailed, match="something else listens") as refused:
            up(profile, tmp_path, tell=lambda _: None)
    assert refused.value.profile == name


def test_one_that_was_never_started_does_not_run(tmp_path: Path) -> None:
    profile = place_of("minio", tmp_path).profile

    assert not status(profile, tmp_path).running
    assert not down(profile, tmp_path).running


def test_one_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    place = started("minio", tmp_path / "first")
    down(place.profile, tmp_path / "first")
    # Where its data should be is a file.
    (tmp_path / "minio").mkdir()
    (tmp_path / "minio" / "data").mkdir()
    (tmp_path / "minio" / "data" / ".minio.sys").write_text("")

    with pytest.raises(EmulatorFailed) as failed:
        up(place.profile, tmp_path, tell=lambda _: None)
    assert failed.value.log == str(tmp_path / "minio" / "server.log")
    down(place.profile, tmp_path)
