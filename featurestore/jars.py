"""Fetches the pinned jars once, by Ivy, into a cache where each jar lies under its own SHA-256."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.config.load import environment
from featurestore.errors import FeatureStoreError, InvalidRequest, InvalidSetting, MissingPart
from featurestore.ivy import retrieve

if TYPE_CHECKING:
    from collections.abc import Callable

ATTEMPTS = 3
"""How often the resolver is asked; registries are slow at times."""

STALE_SECONDS = 24 * 60 * 60
"""Age at which the working folder of a fetch that was killed is removed."""

_INCOMING = "incoming-"
_CHUNK_BYTES = 1024 * 1024
_SECTION = re.compile(r"\[([a-z]+)\]")
_LINE = re.compile(r"([\w.\-]+):([\w.\-]+):([\w.\-]+)(?::([\w.\-]+))? ([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Jar:
    """One locked file, named as Maven names it."""

    group: str
    artifact: str
    version: str
    classifier: str | None = None
    """Tells apart jars that are published under one version, such as `shaded`."""
    sha256: str

    @property
    def file_name(self) -> str:
        """`<artifact>-<version>.jar`, or `<artifact>-<version>-<classifier>.jar`."""
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + ".jar"

    @property
    def coordinates(self) -> str:
        """`<group>:<artifact>:<version>`, with a classifier as the fourth where there is one."""
        return ":".join(filter(None, (self.group, self.artifact, self.version, self.classifier)))


def read_lock(text: str) -> dict[str, tuple[Jar, ...]]:
    """The jars of each section of a lock, in its order.

    A line is `[section]`, or `group:artifact:version[:classifier] sha256`; blank lines and those that start
    with `#` say nothing. Raises `InvalidSetting` with the number of the first line that is none of these.
    """
    sections: dict[str, list[Jar]] = {}
    jars: list[Jar] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        heading, entry = _SECTION.fullmatch(line), _LINE.fullmatch(line)
        if heading:
            jars = sections.setdefault(heading.group(1), [])
        elif entry and jars is not None:
            group, artifact, version, classifier, sha256 = entry.groups()
            jar = Jar(group=group, artifact=artifact, version=version, classifier=classifier, sha256=sha256)
            jars.append(jar)
        else:
            expected = "`group:artifact:version[:classifier] sha256` under a `[section]`"
            raise InvalidSetting(f"jars.lock, line {number}", received=line, expected=expected)
    return {name: tuple(entries) for name, entries in sections.items()}


def package_lock() -> dict[str, tuple[Jar, ...]]:
    """The jars of each section of the lock that comes with the package."""
    return read_lock((resources.files("featurestore") / "jars.lock").read_text(encoding="utf-8"))


def locked_jars(section: str) -> tuple[Jar, ...]:
    """The jars of one section of the package's lock; raises `InvalidRequest` for a section it has not."""
    lock = package_lock()
    if section not in lock:
        expected = f"one of: {', '.join(sorted(lock))}"
        raise InvalidRequest("section of jars.lock", expected=expected, received=section)
    return lock[section]


def jar_paths(section: str) -> tuple[Path, ...]:
    """Where the jars of a section lie, in the lock's order, without fetching or reading any.

    Raises `MissingPart` if one is not there.
    """
    paths = {jar: cached_path(jar) for jar in locked_jars(section)}
    absent = [jar.coordinates for jar, path in paths.items() if not path.is_file()]
    if absent:
        raise MissingPart(
            _named(absent),
            needed_for=f"the jars of section {section!r}",
            remedy="Run `featurestore dev jars`, which fetches them once.",
        )
    return tuple(paths.values())


def fetch_jars(section: str, progress: Callable[[str], None] | None = None) -> tuple[Path, ...]:
    """Where the jars of a section lie, in the lock's order, after fetching those that are not there.

    A cached jar whose bytes are not the locked ones counts as not there and is replaced. With nothing to
    fetch no process starts. Any number of processes may do this at once. `progress` takes one line at a time.

    Raises `MissingPart`: no Java, no resolver, no answer, or a download that is not the locked file.
    """
    return fetch(locked_jars(section), progress or _silent)


def fetch(jars: tuple[Jar, ...], tell: Callable[[str], None]) -> tuple[Path, ...]:
    """What `fetch_jars` does, for jars from any lock."""
    wanted = tuple(jar for jar in jars if not _is_intact(cached_path(jar), jar))
    if wanted:
        tell(f"Fetching {len(wanted)} of {len(jars)} jars; this happens once.")
        _fetch_all(wanted, tell)
        tell(f"All {len(jars)} jars are in {cache_folder()}.")
    return tuple(cached_path(jar) for jar in jars)


def main() -> int:
    """Fetch every section, telling what is done; the exit code. Run as `python -m featurestore.jars`."""
    try:
        for section in package_lock():
            fetch_jars(section, lambda line: print(line, flush=True))  # noqa: T201
    except FeatureStoreError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def cache_folder() -> Path:
    """`featurestore/jars` in the user's cache: `$XDG_CACHE_HOME`, else `~/.cache`."""
    stated = environment().get("XDG_CACHE_HOME")
    base = Path(stated) if stated and Path(stated).is_absolute() else Path.home() / ".cache"
    return base / "featurestore" / "jars"


def cached_path(jar: Jar) -> Path:
    """Where this jar lies once it has been fetched."""
    return cache_folder() / jar.sha256 / jar.file_name


def _fetch_all(wanted: tuple[Jar, ...], tell: Callable[[str], None]) -> None:
    """Bring the jars into the cache, asking the resolver again for those it did not bring."""
    root = cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    _remove_stale(root)
    log = root / "resolver.log"
    with tempfile.TemporaryDirectory(dir=root, prefix=_INCOMING) as folder:
        missing = wanted
        for attempt in range(1, ATTEMPTS + 1):
            fetched = retrieve([jar.coordinates for jar in missing], Path(folder), log=log, tell=tell)
            for jar in missing:
                if jar.coordinates in fetched:
                    _keep(jar, fetched[jar.coordinates])
            missing = tuple(jar for jar in missing if jar.coordinates not in fetched)
            if not missing:
                return
            tell(f"Attempt {attempt} of {ATTEMPTS}: {len(missing)} jars did not come.")
    raise MissingPart(
        _named([jar.coordinates for jar in missing]),
        needed_for="Spark and the Kafka broker",
        remedy=f"The resolver was asked {ATTEMPTS} times. Check the network and try again; its log is {log}.",
    )


def _keep(jar: Jar, download: Path) -> None:
    """Move a download into the cache in one step, or remove it if it is not the locked file."""
    if not _is_intact(download, jar):
        received = _sha256(download)
        download.unlink()
        raise MissingPart(
            f"{jar.coordinates} with the SHA-256 {jar.sha256}",
            needed_for="Spark and the Kafka broker",
            remedy=f"The file that came has {received} and was removed. "
            "Try again; if it stays so, the registry you reach serves another file than the locked one.",
        )
    target = cached_path(jar)
    target.parent.mkdir(parents=True, exist_ok=True)
    download.replace(target)


def _is_intact(path: Path, jar: Jar) -> bool:
    """Whether the file is there and has the locked bytes."""
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _named(coordinates: list[str]) -> str:
    """The first of some jars, and how many others."""
    others = len(coordinates) - 1
    return f"The jar {coordinates[0]}" + (f" (with {others} others)" if others else "")


def _remove_stale(root: Path) -> None:
    """Remove what fetches that were killed long ago left behind."""
    oldest = time.time() - STALE_SECONDS
    for folder in root.glob(f"{_INCOMING}*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _silent(_line: str) -> None:
    """Takes the lines nobody asked for."""


if __name__ == "__main__":
    sys.exit(main())
