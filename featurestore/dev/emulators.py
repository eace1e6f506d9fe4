"""Object stores on this machine: MinIO, fake-gcs-server and Azurite, each for the profile of its name.

    <folder>/<profile>/data          what it holds; kept from one start to the next, but for fake-gcs-server's
    <folder>/<profile>/server.log    what it had to say
    <folder>/<profile>.env           the keys of the profile's secret, made anew once; for its owner's eyes alone

They listen on loopback. What runs is known by its command line, which names its data.
"""

from __future__ import annotations

import base64
import fcntl
import secrets
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import fsspec  # type: ignore[import-untyped]

from featurestore.config.load import environment
from featurestore.dev.emulator_programs import installed
from featurestore.dev.processes import (
    LOOPBACK,
    accepts_connections,
    command_of,
    end_process,
    is_free,
    processes,
    start_process,
)
from featurestore.errors import EmulatorFailed
from featurestore.lake_access import reach_lake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from featurestore.config import Profile

_SECONDS_TO_SHOW, _SECONDS_TO_START, _SECONDS_TO_END, _SECONDS_BETWEEN = 2.0, 60.0, 15.0, 0.1
_AZURE_ACCOUNT = "devstoreaccount1"
"""Reserved for emulators: no real account has this name."""


@dataclass(frozen=True, kw_only=True)
class EmulatorStatus:
    """One emulator, and whether it runs."""

    profile: str
    endpoint: str
    running: bool
    process_id: int | None
    folder: str


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """What is needed to start one."""

    program: str
    keys: Callable[[], dict[str, str]]
    """The secret's keys, made up."""
    arguments: Callable[[Path, int], list[str]]
    """By the folder of its data and its port."""
    variables: Callable[[dict[str, str]], dict[str, str]]
    """By the secret's keys."""
    keeps: bool = True
    """Whether what it holds is there at its next start."""


def _azure_keys() -> dict[str, str]:
    return {"AZURE_STORAGE_ACCOUNT_KEY": base64.b64encode(secrets.token_bytes(64)).decode()}


EMULATORS = {
    "minio": Emulator(
        program="minio",
        keys=lambda: {
            "AWS_ACCESS_KEY_ID": secrets.token_hex(10),
            "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
        },
        arguments=lambda data, port: ["server", "--quiet", "--address", f"{LOOPBACK}:{port}", str(data)],
        variables=lambda keys: {
            "MINIO_ROOT_USER": keys["AWS_ACCESS_KEY_ID"],
            "MINIO_ROOT_PASSWORD": keys["AWS_SECRET_ACCESS_KEY"],
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        },
    ),
    "gcs-emulator": Emulator(
        program="fake-gcs-server",
        keys=dict,
        arguments=lambda data, port: [
            *("-scheme", "http", "-host", LOOPBACK, "-port", str(port), "-log-level", "warn"),
            # On a file system it would show no folder that is empty, which Hudi makes and lists. The other option
            # is for whoever looks which process it is.
            *("-backend", "memory", "-filesystem-root", str(data)),
            *("-public-host", f"{LOOPBACK}:{port}", "-external-url", f"http://{LOOPBACK}:{port}"),
        ],
        variables=lambda _: {},
        keeps=False,
    ),
    "azurite": Emulator(
        program="azurite",
        keys=_azure_keys,
        arguments=lambda data, port: [
            *("--silent", "--disableTelemetry", "--skipApiVersionCheck", "--loose"),
            *("--blobHost", LOOPBACK, "--blobPort", str(port), "--location", str(data)),
        ],
        variables=lambda keys: {"AZURITE_ACCOUNTS": f"{_AZURE_ACCOUNT}:{keys['AZURE_STORAGE_ACCOUNT_KEY']}"},
    ),
}


def up(profile: Profile, folder: Path, *, tell: Callable[[str], None]) -> EmulatorStatus:
    """Has the emulator of this profile run at the profile's endpoint, with the bucket of its lake.

    Raises `MissingPart` where its program cannot be had, `EmulatorFailed` where it does not start.
    """
    emulator, port = EMULATORS[profile.name], _port(profile)
    with _locked(folder):
        found = status(profile, folder)
        if not found.running:
            if not is_free(port):
                finding = f"something else listens on port {port}"
                raise EmulatorFailed(profile.name, finding=finding, log=str(_log(profile, folder)))
            executable = installed(emulator.program, tell)
            keys = _keys(profile, folder, emulator)
            place = folder / profile.name
            (place / "data").mkdir(parents=True, exist_ok=True)
            tell(f"starting {profile.name} at {profile.storage.endpoint}")
            start_process(
                [str(executable), *emulator.arguments(place / "data", port)],
                directory=place,
                log=_log(profile, folder),
                variables={**environment(), **emulator.variables(keys)},
            )
            _wait(profile, folder, port)
    _make_bucket(profile, folder)
    return status(profile, folder)


def down(profile: Profile, folder: Path, *, with_data: bool = False) -> EmulatorStatus:
    """Ends the emulator; what one that keeps it holds stays for the next start, unless its data is to go, too."""
    found = status(profile, folder)
    if found.process_id is not None:
        mark = _mark(profile, folder)
        end_process(found.process_id, lambda one: mark in command_of(one), timeout_seconds=_SECONDS_TO_END)
    if with_data:
        shutil.rmtree(folder / profile.name, ignore_errors=True)
    return status(profile, folder)


def status(profile: Profile, folder: Path) -> EmulatorStatus:
    """Whether the emulator of this profile runs from the folder."""
    mark = _mark(profile, folder)
    process_id = next((number for number, command in processes() if mark in command), None)
    return EmulatorStatus(
        profile=profile.name,
        endpoint=str(profile.storage.endpoint),
        running=process_id is not None,
        process_id=process_id,
        folder=str(folder / profile.name),
    )


def _mark(profile: Profile, folder: Path) -> str:
    """What only its command line has."""
    return f" {folder / profile.name / 'data'} "


def _log(profile: Profile, folder: Path) -> Path:
    return folder / profile.name / "server.log"


def _port(profile: Profile) -> int:
    return urlsplit(profile.storage.endpoint or "").port or 80


def _keys(profile: Profile, folder: Path, emulator: Emulator) -> dict[str, str]:
    """The secret's keys as the file has them; the file is written once."""
    file = folder / f"{profile.name}.env"
    if not file.exists():
        keys = emulator.keys()
        if "AZURE_STORAGE_ACCOUNT_KEY" in keys:
            keys["AZURE_STORAGE_CONNECTION_STRING"] = _connection(profile, keys["AZURE_STORAGE_ACCOUNT_KEY"])
        file.touch(mode=0o600)
        file.write_text("".join(f"{key}={value}\n" for key, value in keys.items()), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", maxsplit=1) for line in lines)


def _connection(profile: Profile, key: str) -> str:
    parts = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": _AZURE_ACCOUNT,
        "AccountKey": key,
        "BlobEndpoint": f"{profile.storage.endpoint}/{_AZURE_ACCOUNT}",
    }
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _wait(profile: Profile, folder: Path, port: int) -> None:
    begun = time.monotonic()
    until, log = begun + _SECONDS_TO_START, _log(profile, folder)
    while not accepts_connections(port):
        # A process that has just begun has no command line yet.
        ended = time.monotonic() > begun + _SECONDS_TO_SHOW and not status(profile, folder).running
        if ended or time.monotonic() > until:
            said = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"])[-1]
            finding = "it ended" if ended else f"it did not answer within {_SECONDS_TO_START:g} s"
            raise EmulatorFailed(profile.name, finding=f"{finding}; its last words: {said}", log=str(log))
        time.sleep(_SECONDS_BETWEEN)


def _make_bucket(profile: Profile, folder: Path) -> None:
    reach_lake(profile)
    store, key = fsspec.core.url_to_fs(profile.storage.root_uri)
    bucket = str(key).split("/", maxsplit=1)[0]
    until = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            store.invalidate_cache()
            if not store.exists(bucket):
                store.mkdir(bucket)
        except Exception as error:  # noqa: PERF203 - each store's client has errors of its own
            # It takes connections before it answers.
            if not status(profile, folder).running or time.monotonic() > until:
                finding = f"it makes no bucket ({type(error).__name__}: {error})"
                raise EmulatorFailed(profile.name, finding=finding, log=str(_log(profile, folder))) from error
            time.sleep(_SECONDS_BETWEEN)
        else:
            return


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time starts or ends them; the system lets go of it when this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
