"""The programs of the emulators, each built or installed once into the user's cache, at a pinned version.

Run as `python -m featurestore.dev.emulator_programs [NAME ...]` it installs them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from featurestore.config.load import environment
from featurestore.errors import FeatureStoreError, InvalidRequest, MissingPart
from featurestore.jars import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_AZURITE = "3.35.0"
_FILES_OF_AZURITE = ("package.json", "package-lock.json")


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program and what makes it."""

    name: str
    version: str
    tool: str
    """`go` or `npm`."""
    module: str
    """What the tool calls it."""
    executable: str
    """Where it lies in its folder."""


PROGRAMS = (
    Program(
        name="minio",
        version="v0.0.0-20260212201848-7aac2a2c5b7c",
        tool="go",
        module="github.com/minio/minio",
        executable="minio",
    ),
    Program(
        name="fake-gcs-server",
        version="v1.56.1",
        tool="go",
        module="github.com/fsouza/fake-gcs-server",
        executable="fake-gcs-server",
    ),
    Program(
        name="azurite",
        version=_AZURITE,
        tool="npm",
        module="azurite",
        executable="node_modules/.bin/azurite-blob",
    ),
)


def installed(name: str, tell: Callable[[str], None]) -> Path:
    """The program's executable, after installing it where it is not there; it appears whole or not at all.

    A Go module is held against Go's public checksums, Azurite against its lock. Raises `MissingPart` without Go or
    npm, or where it cannot be had.
    """
    program = next((one for one in PROGRAMS if one.name == name), None)
    if program is None:
        expected = f"one of {', '.join(one.name for one in PROGRAMS)}"
        raise InvalidRequest("program of an emulator", expected=expected, received=name)
    folder = cache_folder().parent / "emulators" / f"{program.name}-{program.version}"
    if not folder.is_dir():
        tool = shutil.which(program.tool)
        if tool is None:
            remedy = f"Install {program.tool}, which {'builds' if program.tool == 'go' else 'installs'} it."
            raise MissingPart(program.tool, needed_for=program.name, remedy=remedy)
        tell(f"installing {program.name} {program.version}; this happens once, and takes minutes")
        beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        beside.mkdir(parents=True)
        try:
            (_build if program.tool == "go" else _install)(program, tool, beside)
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return folder / program.executable


def main(names: Sequence[str] | None = None) -> int:
    """Installs the programs that are named, all unless any is, and prints where each is; the exit code."""
    try:
        for name in names or sys.argv[1:] or [one.name for one in PROGRAMS]:
            print(installed(name, _to_standard_error))  # noqa: T201
    except FeatureStoreError as error:
        _to_standard_error(str(error))
        return error.exit_code
    return 0


def _to_standard_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _build(program: Program, go: str, folder: Path) -> None:
    variables = {**environment(), "GOBIN": str(folder), "CGO_ENABLED": "0"}
    _done(program, [go, "install", f"{program.module}@{program.version}"], folder, variables)


def _install(program: Program, npm: str, folder: Path) -> None:
    files = resources.files("featurestore.dev") / "azurite"
    for name in _FILES_OF_AZURITE:
        (folder / name).write_bytes((files / name).read_bytes())
    quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    _done(program, [npm, "ci", *quietly], folder, environment())


def _done(program: Program, command: list[str], folder: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        remedy = f"Check the network and {program.tool}'s settings; it said: {said[-1]}"
        raise MissingPart(f"{program.name} {program.version}", needed_for="an emulator", remedy=remedy)


if __name__ == "__main__":
    sys.exit(main())
