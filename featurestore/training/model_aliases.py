"""Names for versions of a model, such as `champion`: moved by promoting, moved back by rolling back.

    <root>/models/<name>/aliases/<n>.json      n = 1, 2, 3 ...; created only if absent, never changed

Each file holds, for every alias, the versions it stood for, the present one last. The greatest number counts.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

import msgspec

from featurestore.errors import ArtifactNotFound, InvalidRequest, RegistryMoved
from featurestore.files import join_uri, numbers_in, write_numbered
from featurestore.json_files import json_text, read_json
from featurestore.training.model_versions import load_card

_ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class Aliases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All aliases of a model at one time: name -> versions it stood for, the present one last."""

    number: int = 0
    changed_at: datetime | None = None
    """UTC; none before the first promotion."""
    trails: dict[str, tuple[str, ...]] = {}

    @property
    def versions(self) -> dict[str, str]:
        """The version that each alias stands for."""
        return {alias: trail[-1] for alias, trail in sorted(self.trails.items())}


def aliases_of(*, root_uri: str, name: str) -> Aliases:
    """The aliases in force; none before the first promotion. `ArtifactBroken` for a damaged file."""
    folder = _folder(root_uri, name)
    numbers = numbers_in(folder)
    if not numbers:
        return Aliases()
    uri = join_uri(folder, f"{numbers[-1]}.json")
    return read_json(uri, Aliases, expected="aliases of a model")


def version_of(alias: str, *, root_uri: str, name: str) -> str:
    """The version that an alias stands for; `ArtifactNotFound` lists the aliases there are."""
    versions = aliases_of(root_uri=root_uri, name=name).versions
    if alias not in versions:
        raise ArtifactNotFound(
            "model alias",
            f"{name}@{alias}",
            known=versions,
            remedy="Promote a version to it, or choose of these.",
        )
    return versions[alias]


def promote(alias: str, *, root_uri: str, name: str, version: str) -> Aliases:
    """Lets the alias stand for this version from now on; nothing changes where it does already.

    Raises `ArtifactNotFound` for a version that is not there, `RegistryMoved` where another writer was faster.
    """
    if not _ALIAS.fullmatch(alias):
        raise InvalidRequest(
            "alias", expected="a name of a-z, 0-9, - and _, starting with a letter", received=alias
        )
    load_card(root_uri=root_uri, name=name, version=version)
    now = aliases_of(root_uri=root_uri, name=name)
    trail = now.trails.get(alias, ())
    if trail[-1:] == (version,):
        return now
    return _write(now, {**now.trails, alias: (*trail, version)}, root_uri=root_uri, name=name)


def roll_back(alias: str, *, root_uri: str, name: str) -> Aliases:
    """Lets the alias stand for the version before the present one again.

    Raises `ArtifactNotFound` for an alias that is not there, `InvalidRequest` where it never stood for another.
    """
    version = version_of(alias, root_uri=root_uri, name=name)
    now = aliases_of(root_uri=root_uri, name=name)
    trail = now.trails[alias][:-1]
    if not trail:
        subject = f"Rolling back {name}@{alias}"
        raise InvalidRequest(subject, expected="an earlier version of the alias", received=f"only {version}")
    return _write(now, {**now.trails, alias: trail}, root_uri=root_uri, name=name)


def _write(now: Aliases, trails: dict[str, tuple[str, ...]], *, root_uri: str, name: str) -> Aliases:
    changed = Aliases(number=now.number + 1, changed_at=datetime.now(timezone.utc), trails=trails)
    if not write_numbered(_folder(root_uri, name), changed.number, json_text(changed)):
        found = aliases_of(root_uri=root_uri, name=name).number
        raise RegistryMoved(
            f"aliases of model {name}", planned=f"change {now.number}", found=f"change {found}"
        )
    return changed


def _folder(root_uri: str, name: str) -> str:
    return join_uri(root_uri, "models", name, "aliases")
