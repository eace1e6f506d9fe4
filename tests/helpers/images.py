"""Images built from this checkout, and commands run in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.helpers.missing import missing

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image, in an archive and where its commands run."""

    archive: Path
    prefix: tuple[str, ...]
    """Stands before a command, `{env}` being where its variables go."""
    cleanup: tuple[tuple[str, ...], ...] = ()
    built_here: bool = False
    """Whether the archive was made for a test; it is as big as the image."""

    def run(
        self, *command: str, env: Mapping[str, str] | None = None, given: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command as the image's own user, in its own folder."""
        variables = [word for name, value in (env or {}).items() for word in ("--env", f"{name}={value}")]
        prefix = [new for word in self.prefix for new in (variables if word == "{env}" else [word])]
        return subprocess.run(
            [*prefix, *command],
            check=False,
            capture_output=True,
            text=True,
            input=given,
            timeout=COMMAND_SECONDS,
        )

    def config(self) -> dict[str, Any]:
        """What the image says of itself: user, entry point, labels, variables."""
        with tarfile.open(self.archive) as files:
            (manifest,) = json.load(_member(files, "manifest.json"))
            found: dict[str, Any] = json.load(_member(files, manifest["Config"]))["config"]
        return found

    def remove(self) -> None:
        if self.built_here:
            self.archive.unlink()
        for command in self.cleanup:
            subprocess.run(command, check=False, capture_output=True)


def built(name: str, folder: Path, archive: Path | None = None) -> Image:
    """The image of this name, built anew unless an archive of it is given; `folder` takes what it leaves."""
    docker = _docker()
    lacking = [] if docker else [part for part in ("buildah", "debootstrap") if shutil.which(part) is None]
    if not docker and os.geteuid() != 0:
        lacking.append("root")
    if lacking:
        missing(f"for images: Docker, or else {', '.join(lacking)}")
    place = archive or folder / f"{name}.tar"
    if archive is None:
        subprocess.run([str(ROOT / "images" / "build.sh"), name, str(place)], check=True)
    image = _in_docker(docker, place) if docker else _in_buildah(place, folder)
    return replace(image, built_here=archive is None)


def _in_docker(docker: str, archive: Path) -> Image:
    words = subprocess.run(
        [docker, "load", "--quiet", "--input", archive], check=True, capture_output=True, text=True
    ).stdout.split()
    return Image(
        archive=archive,
        prefix=(docker, "run", "--rm", "--interactive", "{env}", "--entrypoint", "/usr/bin/env", words[-1]),
    )


def _in_buildah(archive: Path, folder: Path) -> Image:
    storage = ("--root", str(folder / "storage"), "--runroot", str(folder / "run"), "--storage-driver", "vfs")
    buildah = ("buildah", *storage)
    pulled = [*buildah, "from", "--quiet", f"docker-archive:{archive}"]
    container = subprocess.run(pulled, check=True, capture_output=True, text=True).stdout.strip()
    return Image(
        archive=archive,
        # Java looks its own machine up by name, which buildah invents and enters nowhere.
        prefix=(
            *(*buildah, "run", "--isolation", "chroot", "--hostname", "localhost"),
            *("{env}", container, "--"),
        ),
        cleanup=((*buildah, "rm", "--all"), (*buildah, "rmi", "--all", "--force")),
    )


def _docker() -> str | None:
    """The program, where its engine answers."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], check=False, capture_output=True).returncode:
        return None
    return docker


def _member(files: tarfile.TarFile, name: str) -> Any:
    found = files.extractfile(name)
    assert found is not None, name
    return found
