"""Packages are named, never the hosts they come from: where they are had is the machine's own setting."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT, published_files

# In pieces, so that this file does not hold what it looks for.
DOT = re.escape(".")
HOSTS = re.compile(
    "|".join(
        (
            f"pypi{DOT}org",
            f"pythonhosted{DOT}org",
            f"repo1?{DOT}maven",
            f"maven{DOT}apache{DOT}org/maven2",
            f"proxy{DOT}golang{DOT}org",
            f"sum{DOT}golang",
            f"registry{DOT}npmjs",
            f"crates{DOT}io",
            f"(deb|security){DOT}debian{DOT}org",
        )
    ),
    re.IGNORECASE,
)


def test_no_file_names_a_registry_by_its_host() -> None:
    offenders = [
        f"{path}:{number}"
        for path in published_files()
        for number, line in enumerate(
            (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if HOSTS.search(line)
    ]

    assert offenders == []


def test_a_host_would_be_found() -> None:
    dot = "."

    assert HOSTS.search(f"index-url = https://files{dot}pythonhosted{dot}org")
