"""Brings a user's file and what it imports to where it runs: once a version, whole or not at all."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import uuid
import zipfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.config.load import environment
from featurestore.errors import InvalidRequest, MissingPart
from featurestore.files import exists, join_uri, write_new_bytes
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from pipelines.own_job import LOCAL, PACKAGES, STARTER, check_lake, folder_here, uri_here, uri_in_lake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from featurestore.config import Profile
    from pipelines.own_job import OwnJob

_PYTHON = "3.11"
"""That of featurestore's image."""
_NEWEST_GLIBC = 36
"""The minor version in featurestore's image, a Debian 12."""
_OLDEST_GLIBC = 5
_PIP = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
_ERROR = "ERROR: "


def bring(job: OwnJob, manifest: dict[str, Any], profile: Profile) -> None:
    """Has what the manifest of the job names where it says: on this machine, in the lake, or in its image already."""
    main_file = manifest["spec"]["mainApplicationFile"]
    if main_file == uri_here(job):
        install_here(job, profile)
        return
    if not main_file.startswith(LOCAL):
        upload(job, profile)
    _make_event_log(profile)


def install_here(job: OwnJob, profile: Profile) -> None:
    """Has the job's packages in their folder on this machine, for this Python."""
    folder = folder_here(job, profile)
    if job.requirements is None or folder.is_dir():
        return
    tell(f"installing {job.requirements} into {folder}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.parent / f".{PACKAGES}.{uuid.uuid4().hex}"
    try:
        install(job.requirements, beside)
        beside.mkdir(exist_ok=True)
        beside.rename(folder)
    except OSError:
        # Who else installed the same at the same time was first.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def upload(job: OwnJob, profile: Profile) -> None:
    """Has the job in the lake under its version; what is there is never changed.

    Raises `InvalidSetting` for a lake that is a path, and `MissingPart` for one that this machine cannot use.
    """
    check_lake(profile)
    with _reaching(profile):
        reach_lake(profile)
    if job.requirements is not None:
        _put(profile, uri_in_lake(job, profile, f"{PACKAGES}.zip"), lambda: _archive(job))
        _put(profile, uri_in_lake(job, profile, f"{STARTER}.py"), starter)
    _put(profile, uri_in_lake(job, profile, job.file_name), job.file.read_bytes)


def starter() -> bytes:
    """The program that a driver begins with where a job has packages."""
    found = find_spec(f"sparkjobs.{STARTER}")
    if found is None or found.origin is None:
        raise MissingPart(STARTER, needed_for="a job with packages", remedy="Install featurestore again.")
    return Path(found.origin).read_bytes()


def install_for_pods(requirements: Path, folder: Path) -> None:
    """Installs wheels for the Python and the system of featurestore's image into a folder."""
    machine = platform.machine().lower().replace("arm64", "aarch64").replace("amd64", "x86_64")
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
    platforms = [word for tag in (*tags, f"manylinux2014_{machine}") for word in ("--platform", tag)]
    wheels = ("--only-binary", ":all:", "--python-version", _PYTHON, "--no-compile")
    install(requirements, folder, (*wheels, *platforms))


def install(requirements: Path, folder: Path, options: Sequence[str] = ()) -> None:
    """Has pip install what a file of requirements names; raises `InvalidRequest` with pip's own reason."""
    command = [sys.executable, *_PIP, *options, "--target", str(folder), "--requirement", str(requirements)]
    done = subprocess.run(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        remedy = "Have the Python of featurestore get it: python -m ensurepip."
        raise MissingPart("pip", needed_for="installing requirements", remedy=remedy)
    said = [line.removeprefix(_ERROR) for line in done.stderr.splitlines() if line.startswith(_ERROR)]
    reason = "; ".join(said) or done.stderr.strip() or f"pip ended with code {done.returncode}"
    raise InvalidRequest(str(requirements), expected="requirements that pip can install", received=reason)


def _make_event_log(profile: Profile) -> None:
    """Spark ends a driver whose event log has no folder yet, and a user's program makes none before its session."""
    if profile.kubernetes.event_log_uri is not None:
        with _reaching(profile):
            reach_lake(profile)
        # Its name begins with a dot: the history server passes it by.
        _put(profile, join_uri(profile.kubernetes.event_log_uri, ".keep"), lambda: b"\n")


def _put(profile: Profile, uri: str, content: Callable[[], bytes]) -> None:
    with _reaching(profile):
        there = exists(uri)
    if there:
        return
    made = content()
    tell(f"uploading {uri}")
    with _reaching(profile):
        write_new_bytes(uri, made)


@contextmanager
def _reaching(profile: Profile) -> Iterator[None]:
    """Tells of a lake that this machine cannot use; each store's client has errors of its own."""
    try:
        yield
    except ImportError as error:
        remedy = "Install featurestore with the extra of the lake's cloud: aws, azure or gcp."
        part = error.name or str(error)
        raise MissingPart(part, needed_for="uploading a job", remedy=remedy) from error
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".")
        remedy = f"Its client says: {said}. Log in to the cloud, or check storage.endpoint."
        access = f"Access to {profile.storage.root_uri}"
        raise MissingPart(access, needed_for="uploading a job", remedy=remedy) from error


def _archive(job: OwnJob) -> bytes:
    """The job's packages for pods as one file."""
    assert job.requirements is not None  # noqa: S101 - asked only for a job that has some
    tell(f"gathering wheels for {job.requirements}")
    with tempfile.TemporaryDirectory(prefix="featurestore-") as work:
        folder, archive = Path(work) / PACKAGES, Path(work) / "archive"
        folder.mkdir()
        install_for_pods(job.requirements, folder)
        with zipfile.ZipFile(
            archive, "w", compression=zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as whole:
            for place, _, names in os.walk(folder):
                for name in names:
                    path = Path(place) / name
                    whole.write(path, path.relative_to(folder))
        return archive.read_bytes()
