"""What a profile's storage and identity mean, by the table in `clouds`: settings, options, spellings of URIs."""

from __future__ import annotations

import os.path
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from featurestore.config.clouds import IDENTITIES, RULES, StorageRules
from featurestore.errors import InvalidSetting

if TYPE_CHECKING:
    from featurestore.config.profile import Profile


def spark_settings(profile: Profile) -> dict[str, str]:
    """The Spark and Hadoop settings with which a session reaches the profile's lake."""
    storage, identity = rules_for(profile.storage.root_uri), IDENTITIES[profile.identity.kind]
    found: dict[str, str] = {}
    for row in (storage, identity):
        given = {name: _value(profile, key) for name, key in row.from_profile.items()}
        found |= {**row.settings, **{name: value for name, value in given.items() if value is not None}}
    return {**found, **storage.with_endpoint} if profile.storage.endpoint else found


def names_at_endpoint(profile: Profile) -> dict[str, str]:
    """The address of an emulator by each of the names that its account has, which are nowhere else; else nothing."""
    if profile.storage.endpoint is None or not rules_for(profile.storage.root_uri).names_at_endpoint:
        return {}
    name = urlsplit(profile.storage.root_uri).hostname or ""
    address = urlsplit(profile.storage.endpoint).hostname or ""
    # Folders and files are asked for by one name, blobs by the other.
    return {name: address, name.replace(".dfs.", ".blob."): address}


def fsspec_options(profile: Profile) -> dict[str, Any]:
    """The options with which fsspec reaches the profile's lake, as keyword arguments of its file system."""
    found: dict[str, Any] = dict(IDENTITIES[profile.identity.kind].fsspec)
    for name, key in rules_for(profile.storage.root_uri).fsspec.items():
        value = _value(profile, key)
        if value is not None:
            *path, last = name.split(".")
            place = found
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
    return found


def check_identity(profile: Profile) -> None:
    """Raises `InvalidSetting` for an identity that is unknown, incomplete or belongs to another storage."""
    kind, scheme = profile.identity.kind, scheme_of(profile.storage.root_uri)
    fitting = [name for name, row in IDENTITIES.items() if row.scheme == scheme]
    if kind not in fitting:
        expected = f"{', '.join(fitting)} for a lake at {scheme}"
        raise InvalidSetting("identity.kind", received=kind, expected=expected)
    for key in IDENTITIES[kind].needs:
        if _value(profile, key) is None:
            raise InvalidSetting(key, received=None, expected=f"a value, for identity.kind {kind}")


def check_identity_here(profile: Profile) -> None:
    """Raises `InvalidSetting` for an identity that a session on this machine cannot have."""
    kind, scheme = profile.identity.kind, scheme_of(profile.storage.root_uri)
    if IDENTITIES[kind].only_in_pods:
        here = [name for name, row in IDENTITIES.items() if row.scheme == scheme and not row.only_in_pods]
        expected = f"one that a session on this machine can have ({', '.join(here)}), or a job in the cluster"
        raise InvalidSetting("identity.kind", received=kind, expected=expected)


def _value(profile: Profile, key: str) -> str | None:
    section, name = key.split(".")
    found: str | None = getattr(getattr(profile, section), name)
    return found


def scheme_of(uri: str) -> str:
    """The scheme of a URI; a plain path is a `file`."""
    scheme = urlsplit(uri).scheme if "://" in uri or uri.startswith("file:") else ""
    return scheme or "file"


def rules_for(uri: str) -> StorageRules:
    """The row of the table for this URI; `InvalidSetting` names the schemes that work."""
    scheme = scheme_of(uri)
    for row in RULES.values():
        if scheme in (row.scheme, *row.aliases):
            return row
    raise InvalidSetting(
        "storage.root_uri",
        received=uri,
        expected=f"a path or a URI with scheme {', '.join(sorted(RULES))}",
    )


def normal_uri(uri: str, *, setting: str = "storage.root_uri") -> str:
    """The URI as `known_scheme` gives it, once it is seen to name a place of a storage that works; a path stays.

    Nothing is percent-encoded or decoded, because Hadoop and fsspec do neither: a blank stays a blank. Raises
    `InvalidSetting` for an unknown scheme, or a bucket or container that cannot be one.
    """
    row = rules_for(uri)
    place = uri.partition("://")[2].partition("/")[0]
    if row.scheme != "file" and not re.fullmatch(row.place, place):
        raise InvalidSetting(setting, received=uri, expected=f"a URI such as {row.place_example}/path")
    return known_scheme(uri)


def known_scheme(uri: str) -> str:
    """The URI with the scheme that Spark and Hadoop know, for one by which others call the storage."""
    scheme = scheme_of(uri)
    for row in RULES.values():
        if scheme in row.aliases:
            return row.scheme + uri.removeprefix(scheme)
    return uri


def normal_root(uri: str) -> str:
    """The one spelling of a lake's root: `file://` and an absolute path for paths, else that of `normal_uri`."""
    if rules_for(uri).scheme != "file":
        return normal_uri(uri).rstrip("/")
    path = _path_of(uri) if uri.startswith("file:") else str(Path(uri).expanduser().absolute())
    return f"file://{os.path.normpath(path)}"


def _path_of(uri: str) -> str:
    """The absolute path in a `file:` URI, which names no host."""
    path = uri.removeprefix("file:").removeprefix("//")
    if not path.startswith("/"):
        expected = "a path, or a URI of a file with three slashes, file:///"
        raise InvalidSetting("storage.root_uri", received=uri, expected=expected)
    return path
