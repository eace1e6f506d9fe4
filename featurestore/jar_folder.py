"""Puts locked jars into a folder, as the build of an image takes them: `python -m featurestore.jar_folder`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.errors import FeatureStoreError, InvalidSetting
from featurestore.jars import fetch, locked_jars, read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from featurestore.jars import Jar


def fill(folder: Path, jars: Sequence[Jar], tell: Callable[[str], None]) -> None:
    """Copies these jars into `folder`, which is made, after fetching those that are not in the cache.

    Raises `InvalidSetting` for two jars of one artifact, of which Java would take either, and what `fetch`
    raises.
    """
    _check_once(jars)
    folder.mkdir(parents=True, exist_ok=True)
    for path in fetch(tuple(jars), tell):
        shutil.copyfile(path, folder / path.name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fills the folder that the arguments name, telling what is done; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m featurestore.jar_folder", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--section", action="append", default=[], help="of the package's own jars.lock")
    parser.add_argument("--lock", action="append", default=[], type=Path, help="a further lock, whole")
    given = parser.parse_args(arguments)
    try:
        jars = [jar for section in given.section for jar in locked_jars(section)]
        for lock in given.lock:
            jars += [
                jar for section in read_lock(lock.read_text(encoding="utf-8")).values() for jar in section
            ]
        fill(given.folder, jars, lambda line: print(line, flush=True))  # noqa: T201
    except (FeatureStoreError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code if isinstance(error, FeatureStoreError) else 1
    return 0


def _check_once(jars: Sequence[Jar]) -> None:
    seen: dict[tuple[str, str], Jar] = {}
    for jar in jars:
        other = seen.setdefault((jar.group, jar.artifact), jar)
        if other is not jar:
            both = f"{other.coordinates} and {jar.coordinates}"
            raise InvalidSetting("jars.lock", received=both, expected="one version of an artifact")


if __name__ == "__main__":
    sys.exit(main())
