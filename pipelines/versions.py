"""Versions of pipelines, and which of them is the active one of a domain.

<root>/_pipelines/<name>/versions/<version>.yaml     compiled, for no place yet; created only if absent
<root>/_pipelines/<name>/active/<n>.json             the versions that were active, the present one last
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from featurestore import __version__
from featurestore.errors import (
    ArtifactExists,
    ArtifactNotFound,
    InvalidRequest,
    RegistryMoved,
)
from featurestore.files import (
    exists,
    join_uri,
    list_names,
    numbers_in,
    read_text,
    write_new_text,
    write_numbered,
)
from featurestore.json_files import json_text, read_json
from pipelines.names import digest
from pipelines.placed import to_text

if TYPE_CHECKING:
    from featurestore.config import Profile

_FOLDER = "_pipelines"


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """The versions that were active, the present one last; `number` is that of the file."""

    number: int = 0
    changed_at: datetime | None = None
    versions: tuple[str, ...] = ()


def version_name(document: dict[str, Any]) -> str:
    """Code version and content: two that differ have two names."""
    return f"{__version__}-{digest(to_text([document]))}"


def keep_version(name: str, document: dict[str, Any], profile: Profile) -> str:
    """Keeps a compiled pipeline in the profile's lake; its version."""
    version, text = version_name(document), to_text([document])
    uri = _version_uri(name, version, profile)
    if not write_new_text(uri, text) and read_text(uri) != text:
        raise ArtifactExists("pipeline", f"{name} {version}", difference="another content")
    return version


def kept_version(name: str, version: str, profile: Profile) -> dict[str, Any]:
    """The compiled pipeline; `ArtifactNotFound` lists the versions that there are."""
    uri = _version_uri(name, version, profile)
    if not exists(uri):
        found = list_names(join_uri(_place(name, profile), "versions"))
        known = [one.removesuffix(".yaml") for one in found]
        remedy = "Register it with `featurestore pipeline register`."
        raise ArtifactNotFound("pipeline", f"{name} {version}", known=known, remedy=remedy)
    document: dict[str, Any] = yaml.safe_load(read_text(uri))
    return document


def active_version(name: str, profile: Profile) -> str:
    """The version that is active; `ArtifactNotFound` where none is."""
    trail = trail_of(name, profile)
    if not trail.versions:
        known = list_names(join_uri(profile.storage.root_uri, _FOLDER))
        remedy = "Register it with `featurestore pipeline register`, or promote it from another domain."
        raise ArtifactNotFound("active pipeline", name, known=known, remedy=remedy)
    return trail.versions[-1]


def activate(name: str, version: str, profile: Profile) -> Trail:
    """Makes a version the active one; `RegistryMoved` where another writer was faster."""
    trail = trail_of(name, profile)
    if trail.versions[-1:] == (version,):
        return trail
    return _write(name, trail, (*trail.versions, version), profile)


def roll_back(name: str, profile: Profile) -> Trail:
    """Makes the version active that was it before; `InvalidRequest` where there was none."""
    trail = trail_of(name, profile)
    if len(trail.versions) <= 1:
        expected = "a version that was active before"
        raise InvalidRequest(f"Pipeline {name}", expected=expected, received=", ".join(trail.versions))
    return _write(name, trail, trail.versions[:-1], profile)


def trail_of(name: str, profile: Profile) -> Trail:
    """What was active in the domain; nothing before the first version was."""
    folder = join_uri(_place(name, profile), "active")
    numbers = numbers_in(folder)
    if not numbers:
        return Trail()
    uri = join_uri(folder, f"{numbers[-1]}.json")
    return read_json(uri, Trail, expected="the versions of a pipeline")


def _write(name: str, trail: Trail, versions: tuple[str, ...], profile: Profile) -> Trail:
    changed = Trail(number=trail.number + 1, changed_at=datetime.now(timezone.utc), versions=versions)
    folder = join_uri(_place(name, profile), "active")
    if not write_numbered(folder, changed.number, json_text(changed)):
        raise RegistryMoved(
            f"active version of {name}", planned=f"change {trail.number}", found=f"change {changed.number}"
        )
    return changed


def _place(name: str, profile: Profile) -> str:
    return join_uri(profile.storage.root_uri, _FOLDER, name)


def _version_uri(name: str, version: str, profile: Profile) -> str:
    return join_uri(_place(name, profile), "versions", f"{version}.yaml")
