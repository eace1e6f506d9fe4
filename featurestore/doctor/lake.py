"""The lake: who asks, whether its bucket is there, and whether files under its prefix do what files must do."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]

from featurestore.doctor.finding import Finding, NotAsNeededError, Outcome, looked
from featurestore.doctor.identities import identity_in_use
from featurestore.files import delete_tree, join_uri, list_names, read_text, write_new_text, write_text
from featurestore.lake_access import reach_lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.config import Profile

SKEW = timedelta(seconds=5)
"""How far a store's clock may be from this machine's: commits of both are put in order by their times."""

_WRITTEN_KEYS = ("LastModified", "mtime", "updated", "last_modified")
"""What stores' clients call the time at which an object was written."""


def lake(profile: Profile) -> Iterator[Finding]:
    """Works in a folder of its own under the lake's root, and leaves nothing of it."""
    root = profile.storage.root_uri
    identity = looked(
        "identity", lambda: _identity(profile), fix="Log in to the cloud, or set its variables."
    )
    yield identity
    if identity.outcome is not Outcome.PASS:
        return
    bucket = looked("bucket", lambda: _bucket(root), fix="Make the bucket, or correct storage.root_uri.")
    yield bucket
    if bucket.outcome is Outcome.PASS:
        yield from _files(join_uri(root, f"_doctor-{uuid.uuid4().hex}"))


def _identity(profile: Profile) -> str:
    reach_lake(profile)
    return identity_in_use(profile)


def _bucket(root: str) -> str:
    """The lake itself need not be there yet; nor does anyone need to see more of the bucket than the lake."""
    store, key = fsspec.core.url_to_fs(root)
    store.invalidate_cache()
    bucket, _, prefix = str(key).strip("/").partition("/")
    try:
        found = store.ls(key, detail=False)
    except FileNotFoundError:
        if "file" in store.protocol:
            return "the folder is made by what writes first"
        if not store.exists(bucket):
            raise NotAsNeededError(f"there is no {bucket}") from None
        return f"{bucket} is there, and nothing at {prefix} yet"
    return f"{root} is there, with {len(found)} names"


def _files(place: str) -> Iterator[Finding]:
    """Each is another right of whoever asks; the later ones say nothing where nothing can be written."""
    one, other = join_uri(place, "one.txt"), join_uri(place, "only-once.txt")
    before = datetime.now(timezone.utc)
    wrote = looked("write", lambda: _write(one), fix="Allow writing objects under the lake's prefix.")
    yield wrote
    if wrote.outcome is not Outcome.PASS:
        return
    after = datetime.now(timezone.utc)
    yield looked("read", lambda: _read(one), fix="Allow reading objects under the lake's prefix.")
    yield looked("list", lambda: _list(place), fix="Allow listing the bucket by the lake's prefix.")
    yield looked(
        "conditional write",
        lambda: _once(other),
        fix="Use a store that creates an object only where there is none: the registry needs it.",
    )
    yield looked("clock", lambda: _clock(one, before, after), fix="Have this machine's clock set by NTP.")
    yield looked("delete", lambda: _delete(place), fix="Allow deleting objects under the lake's prefix.")


def _write(uri: str) -> str:
    write_text(uri, "written")
    return uri


def _read(uri: str) -> str:
    text = read_text(uri)
    if text != "written":
        raise NotAsNeededError(f"what was read is not what was written: {text[:40]!r}")
    return "what was written"


def _list(place: str) -> str:
    names = list_names(place)
    if names != ["one.txt"]:
        raise NotAsNeededError(f"what was written is not in the list, which has {names}")
    return "what was written"


def _once(uri: str) -> str:
    first, second = write_new_text(uri, "first"), write_new_text(uri, "second")
    if not first or second or read_text(uri) != "first":
        raise NotAsNeededError("a second writer wrote over the first")
    return "the second of two writers was refused"


def _clock(uri: str, before: datetime, after: datetime) -> str:
    """Stores tell times of whole seconds."""
    store, key = fsspec.core.url_to_fs(uri)
    written = _moment(store.info(key))
    behind, ahead = before.replace(microsecond=0) - written, written - after
    apart = max(behind, ahead, timedelta())
    if apart > SKEW:
        which = "behind" if behind > ahead else "ahead of"
        raise NotAsNeededError(f"the store's is {apart.total_seconds():.0f} s {which} this machine's")
    return f"within {SKEW.total_seconds():.0f} s of the store's"


def _moment(info: dict[str, Any]) -> datetime:
    found = next((info[name] for name in _WRITTEN_KEYS if info.get(name)), None)
    if isinstance(found, str):
        found = datetime.fromisoformat(found.replace("Z", "+00:00"))
    if isinstance(found, int | float):
        found = datetime.fromtimestamp(found, timezone.utc)
    if not isinstance(found, datetime):
        raise NotAsNeededError("the store does not say when an object was written")
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _delete(place: str) -> str:
    delete_tree(place)
    left = list_names(place)
    if left:
        raise NotAsNeededError(f"{', '.join(left)} stayed at {place}")
    return "what was written is gone"
