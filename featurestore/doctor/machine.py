"""This machine: its Python and packages, its Java, the jars of a profile's sessions."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from featurestore.config.storage import rules_for
from featurestore.doctor.finding import Finding, NotAsNeededError, NotLookedAtError, looked
from featurestore.jars import cached_path, locked_jars
from featurestore.java import find_java

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

_OLDEST, _NEWEST = (3, 10), (3, 12)


def machine(profile: Profile) -> Iterator[Finding]:
    """What a session of this profile takes of the machine it runs on."""
    yield looked("python", _python, fix="Use Python 3.10, 3.11 or 3.12.")
    yield looked(
        "packages", lambda: _packages(profile), fix="Install what this version of featurestore asks for."
    )
    yield looked("java", _java, fix="Install Java 17.")
    yield looked("jars", lambda: _jars(profile), fix="Run `featurestore dev jars`.")


def _python() -> str:
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        raise NotAsNeededError(f"{platform.python_version()}, and Spark 3.5 knows 3.10 to 3.12")
    return platform.python_version()


def _packages(profile: Profile) -> str:
    """The versions of what sessions and small files take; the ones that were asked for, where they are exact."""
    names = ["featurestore", "pyspark", *rules_for(profile.storage.root_uri).packages]
    if profile.kafka.bootstrap:
        names.append("kafka-python")
    asked = _asked_for()
    found, wrong = [], []
    for name in names:
        try:
            have = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        found.append(f"{name} {have}")
        if asked.get(name, have) != have:
            wrong.append(f"{name} is {have}, not {asked[name]}")
    if wrong:
        raise NotAsNeededError(", ".join(wrong))
    return ", ".join(found)


def _asked_for() -> dict[str, str]:
    """The packages of which featurestore takes one version only."""
    pinned = (one.partition(";")[0].partition("==") for one in requires("featurestore") or ())
    return {name.strip(): exact.strip() for name, _, exact in pinned if exact}


def _java() -> str:
    java = find_java()
    return f"{java.version} ({java.origin}: {java.home})"


def _jars(profile: Profile) -> str:
    sections = ("spark", *rules_for(profile.storage.root_uri).jars)
    jars = [jar for section in sections for jar in locked_jars(section)]
    absent = [jar for jar in jars if not cached_path(jar).is_file()]
    if absent:
        raise NotLookedAtError(
            f"{len(absent)} of {len(jars)} are not here yet: the first session fetches them, "
            "or `featurestore dev jars` now"
        )
    return f"{len(jars)}, of {', '.join(sections)}"
