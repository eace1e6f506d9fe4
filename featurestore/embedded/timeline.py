"""A Hudi table's timeline without a JVM: which commits there are, and what this project wrote into them.

The layout is Hudi's timeline of version 2, that of its releases from 1.0 on: a completed action is a file
`<requested>_<completed>.<action>` in `.hoodie/timeline`, for a write an Avro file of its metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from featurestore.errors import MissingPart, TableBroken, TableNotFound, UnknownInstant
from featurestore.files import exists, join_uri, list_names, open_binary, read_text
from featurestore.instants import Commit, Instant, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYOUT = "hoodie.timeline.layout.version=2"
_WRITES = ("commit", "deltacommit", "replacecommit")
"""Actions that, once completed, change what a reader sees."""
_COMPLETED = re.compile(
    rf"(?P<requested>[0-9]{{17}})_(?P<completed>[0-9]{{17}})\.(?P<action>{'|'.join(_WRITES)})"
)
_OURS = "featurestore."


@dataclass(frozen=True, kw_only=True)
class TableTimeline:
    """The completed commits of a table when it was loaded, oldest first; load it again to see later ones."""

    name: str
    folder: str
    commits: tuple[Commit, ...]

    @classmethod
    def load(cls, uri: str, *, name: str) -> TableTimeline:
        """The timeline of the table at `uri`; `TableNotFound`, `TableBroken` for another layout than ours."""
        properties = join_uri(uri, ".hoodie/hoodie.properties")
        if not exists(properties):
            raise TableNotFound(name, location=uri)
        if _LAYOUT not in read_text(properties):
            raise TableBroken(name, finding=f"no {_LAYOUT}", remedy="Upgrade the table with its own Hudi.")
        folder = join_uri(uri, ".hoodie/timeline")
        found = (_COMPLETED.fullmatch(file) for file in list_names(folder))
        commits = (
            Commit(
                instant=Instant(match["requested"]),
                completed=Instant(match["completed"]).time,
                action=match["action"],
            )
            for match in found
            if match
        )
        return cls(name=name, folder=folder, commits=tuple(sorted(commits, key=lambda one: one.instant)))

    def latest_visible(self) -> Instant:
        """The instant that shows the table as it is now; `BeforeFirstCommit` while there is none."""
        return self.visible_at(None)

    def visible_at(self, at: datetime | None) -> Instant:
        """The instant that shows what a reader saw at a time, or sees now; raises what `resolve` raises.

        A time before the oldest commit on the timeline counts as before the first.
        """
        now = datetime.now(timezone.utc)
        return resolve(self.name, self.commits, at=at or now, now=now)

    def has(self, instant: Instant) -> bool:
        """Whether this commit is completed and still on the timeline."""
        return any(one.instant == instant for one in self.commits)

    def metadata_newest_first(self) -> Iterator[dict[str, str]]:
        """What this project wrote into each commit, keys without prefix; read one by one."""
        for one in reversed(self.commits):
            yield self.metadata(one.instant)

    def metadata(self, instant: Instant) -> dict[str, str]:
        """What this project wrote into a commit, keys without prefix; `UnknownInstant` where there is none."""
        file = next((self._file(one) for one in self.commits if one.instant == instant), None)
        if file is None:
            known = [str(one.instant) for one in self.commits]
            earliest, latest = (known[0], known[-1]) if known else (None, None)
            raise UnknownInstant(self.name, str(instant), earliest=earliest, latest=latest)
        extra = _extra_metadata(file, name=self.name)
        return {key.removeprefix(_OURS): value for key, value in extra.items() if key.startswith(_OURS)}

    def _file(self, commit: Commit) -> str:
        assert commit.completed is not None  # noqa: S101 - only completed ones are loaded
        return join_uri(
            self.folder, f"{commit.instant}_{Instant.from_time(commit.completed)}.{commit.action}"
        )


def _extra_metadata(uri: str, *, name: str) -> dict[str, str]:
    try:
        import fastavro
    except ImportError as error:
        remedy = "Install `featurestore[embedded]`."
        raise MissingPart(
            "fastavro", needed_for="reading a table's commits without Java", remedy=remedy
        ) from error
    try:
        with open_binary(uri) as file:
            record: Any = next(fastavro.reader(file))
    except (ValueError, EOFError, StopIteration) as error:
        finding = f"{uri.rsplit('/', maxsplit=1)[-1]} is no commit: {error}"
        raise TableBroken(name, finding=finding, remedy="Restore `.hoodie` from a copy.") from error
    extra: dict[str, str] | None = record["extraMetadata"]
    return extra or {}
