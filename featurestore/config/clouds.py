"""The one place where storages differ: a table from URI scheme to what Spark, Hudi and fsspec need for it."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from featurestore.errors import InvalidSetting


@dataclass(frozen=True, kw_only=True)
class StorageRules:
    """What one kind of storage needs."""

    scheme: str
    spark_settings: tuple[tuple[str, str], ...] = ()
    """Spark and Hadoop settings of a session that works on this storage."""


RULES: dict[str, StorageRules] = {
    "file": StorageRules(scheme="file"),
}


def scheme_of(uri: str) -> str:
    """The scheme of a URI; a plain path is a `file`."""
    scheme = urlsplit(uri).scheme if "://" in uri or uri.startswith("file:") else ""
    return scheme or "file"


def rules_for(uri: str) -> StorageRules:
    """The row of the table for this URI; `InvalidSetting` names the schemes that work."""
    scheme = scheme_of(uri)
    if scheme not in RULES:
        raise InvalidSetting(
            "storage.root_uri",
            received=uri,
            expected=f"a path or a URI with scheme {', '.join(sorted(RULES))}",
        )
    return RULES[scheme]


def normal_root(uri: str) -> str:
    """The one spelling of a lake's root: `file://` and an absolute path for paths, other URIs as given.

    Nothing is percent-encoded or decoded, because Hadoop and fsspec do neither: a blank stays a blank.
    """
    if rules_for(uri).scheme != "file":
        return uri.rstrip("/")
    path = _path_of(uri) if uri.startswith("file:") else str(Path(uri).expanduser().absolute())
    return f"file://{os.path.normpath(path)}"


def _path_of(uri: str) -> str:
    """The absolute path in a `file:` URI, which names no host."""
    path = uri.removeprefix("file:").removeprefix("//")
    if not path.startswith("/"):
        expected = "a path, or a URI of a file with three slashes, file:///"
        raise InvalidSetting("storage.root_uri", received=uri, expected=expected)
    return path
