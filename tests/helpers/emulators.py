"""An object store of this machine for a test, by the profile that has its name."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.config import load_profile
from featurestore.dev.emulator_programs import PROGRAMS
from featurestore.dev.emulators import EMULATORS, up
from tests.helpers.missing import missing

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

NAMES = tuple(EMULATORS)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A profile and what differs from it here."""

    name: str
    settings: dict[str, Any]

    @property
    def profile(self) -> Profile:
        return load_profile(self.name, overrides=self.settings, variables={})


def place_of(name: str, folder: Path) -> Place:
    """An emulator's profile at a port that is free, with its secrets and its state in a folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = load_profile(name, variables={}).storage
    settings = {
        "storage.endpoint": f"http://127.0.0.1:{port}",
        # Azure's account is known by a name with the port.
        "storage.root_uri": told.root_uri.replace(":9030/", f":{port}/"),
        "state_directory": str(folder / "state"),
    }
    if EMULATORS[name].keys():
        settings["identity.secret_file"] = str(folder / f"{name}.env")
    return Place(name=name, settings=settings)


def started(name: str, folder: Path) -> Place:
    """The same once it runs; the test is skipped, or on CI fails, where what builds it is missing."""
    (program,) = (one for one in PROGRAMS if one.name == EMULATORS[name].program)
    if shutil.which(program.tool) is None:
        missing(f"{program.tool}, which {program.name} is made with")
    place = place_of(name, folder)
    up(place.profile, folder, tell=lambda _: None)
    return place
