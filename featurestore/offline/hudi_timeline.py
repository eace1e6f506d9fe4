"""A Hudi table's commits: times, metadata, and the files that were visible at each, asked of Hudi itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import StructType

from featurestore.errors import PastHorizon, UnknownInstant
from featurestore.instants import Commit, Instant, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

_OURS = "featurestore."


@dataclass(frozen=True, kw_only=True)
class TableCommit:
    """A completed commit with what its metadata says."""

    instant: Instant
    completed: datetime
    action: str
    rows_written: int
    rows_inserted: int
    rows_updated: int
    metadata: dict[str, str]
    """What this project wrote into the commit, keys without prefix."""


@dataclass(frozen=True, kw_only=True)
class HudiTimeline:
    """The state of a timeline when it was loaded; load it again to see later commits."""

    spark: SparkSession
    name: str
    meta_client: Any
    commits: tuple[Commit, ...]
    """All write actions, pending ones included, oldest first."""

    @classmethod
    def load(cls, spark: SparkSession, uri: str, *, name: str) -> HudiTimeline:
        """Reads the timeline of the table at `uri`."""
        jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public door to Hudi's classes
        configuration = spark._jsc.hadoopConfiguration()  # noqa: SLF001
        storage = jvm.org.apache.hudi.hadoop.fs.HadoopFSUtils.getStorageConf(configuration)
        meta_client = (
            jvm.org.apache.hudi.common.table.HoodieTableMetaClient.builder()
            .setConf(storage)
            .setBasePath(uri)
            .build()
        )
        instants = _items(meta_client.getActiveTimeline().getWriteTimeline().getInstants())
        commits = tuple(sorted((_commit(instant) for instant in instants), key=lambda commit: commit.instant))
        return cls(spark=spark, name=name, meta_client=meta_client, commits=commits)

    def newest_first(self) -> Iterator[TableCommit]:
        """Completed commits with their metadata, read one by one, newest first."""
        timeline = self.meta_client.getActiveTimeline()
        completed = _items(timeline.getWriteTimeline().filterCompletedInstants().getInstants())
        for instant in sorted(completed, key=lambda item: str(item.requestedTime()), reverse=True):
            details = timeline.readCommitMetadata(instant)
            extra = dict(details.getExtraMetadata())
            yield TableCommit(
                instant=Instant(instant.requestedTime()),
                completed=_time(instant.getCompletionTime()),
                action=instant.getAction(),
                rows_written=int(details.fetchTotalRecordsWritten()),
                rows_inserted=int(details.fetchTotalInsertRecordsWritten()),
                rows_updated=int(details.fetchTotalUpdateRecordsWritten()),
                metadata={
                    key.removeprefix(_OURS): value for key, value in extra.items() if key.startswith(_OURS)
                },
            )

    def latest(self) -> Instant | None:
        """The newest completed commit's instant, if there is one."""
        completed = [commit.instant for commit in self.commits if commit.completed is not None]
        return max(completed, default=None)

    def instant_at(self, at: datetime) -> Instant:
        """The instant that shows what a reader saw at the wall-clock time `at`.

        Raises `BeforeFirstCommit`, `PastHorizon`, `InTheFuture`, `OverlappingCommits`.
        """
        now = datetime.now(timezone.utc)
        return resolve(self.name, self.commits, at=at, now=now, horizon=self.horizon())

    def latest_visible(self) -> Instant:
        """The instant that shows the table as it is now; `BeforeFirstCommit` while there is none."""
        return self.instant_at(datetime.now(timezone.utc))

    def visible_at(self, at: datetime | None) -> Instant:
        """The instant that shows the table as a reader saw it at `at`, or as it is now."""
        return self.instant_at(at) if at else self.latest_visible()

    def commit_at(self, instant: Instant) -> TableCommit:
        """The completed commit that this instant names, with its metadata; raises what `checked` does."""
        self.checked(instant)
        return next(commit for commit in self.newest_first() if commit.instant == instant)

    def checked(self, instant: Instant) -> Instant:
        """The instant itself where it names a completed commit whose files the table still keeps.

        Raises `UnknownInstant`, and `PastHorizon` where cleaning removed files: reading would miss rows.
        """
        known = {commit.instant: commit.completed for commit in self.commits if commit.completed is not None}
        if instant not in known:
            earliest, latest = (str(min(known)), str(max(known))) if known else (None, None)
            raise UnknownInstant(self.name, str(instant), earliest=earliest, latest=latest)
        horizon = self.horizon()
        if horizon is not None and known[instant] < horizon:
            raise PastHorizon(self.name, known[instant], earliest=horizon, latest=max(known.values()))
        return instant

    def horizon(self) -> datetime | None:
        """The earliest time that can still be read; `None` while the table keeps everything.

        Cleaning states the earliest commit it retained. Older commits may also have left the active timeline.
        """
        cleaned = _items(
            self.meta_client.getActiveTimeline().getCleanerTimeline().filterCompletedInstants().getInstants()
        )
        completed = [commit for commit in self.commits if commit.completed is not None]
        retained = [self._earliest_retained(instant) for instant in cleaned]
        limits = [text for text in retained if text]
        if not limits:
            return None
        kept = [commit.completed for commit in completed if str(commit.instant) >= max(limits)]
        return min((time for time in kept if time is not None), default=None)

    def files_at(self, instant: Instant) -> list[str]:
        """Paths of the data files that hold the table at `instant`."""
        jvm: Any = self.spark._jvm  # noqa: SLF001
        context = jvm.org.apache.hudi.client.common.HoodieSparkEngineContext(self.spark._jsc)  # noqa: SLF001
        settings = jvm.org.apache.hudi.common.config.HoodieMetadataConfig.newBuilder().enable(True).build()
        completed = self.meta_client.getActiveTimeline().getWriteTimeline().filterCompletedInstants()
        views = jvm.org.apache.hudi.common.table.view.FileSystemViewManager
        view = views.createInMemoryFileSystemViewWithTimeline(context, self.meta_client, settings, completed)
        try:
            view.loadAllPartitions()
            slices = view.getAllLatestFileSlicesBeforeOrOn(str(instant))
            return sorted(
                piece.getBaseFile().get().getPath()
                for stream in slices.values()
                for piece in _items(stream)
                if piece.getBaseFile().isPresent()
            )
        finally:
            view.close()

    def schema_at(self, instant: Instant) -> StructType:
        """The table's columns, Hudi's own included, as of `instant`."""
        jvm: Any = self.spark._jvm  # noqa: SLF001
        resolver = jvm.org.apache.hudi.common.table.TableSchemaResolver(self.meta_client)
        timeline = self.meta_client.getActiveTimeline()
        described = None
        for commit in reversed(_items(timeline.getWriteTimeline().filterCompletedInstants().getInstants())):
            if str(commit.requestedTime()) > str(instant):
                continue
            if timeline.readCommitMetadata(commit).getExtraMetadata().get("schema"):
                described = resolver.getTableSchema(commit, True)
                break
        found = described or resolver.getTableSchema(True)
        struct = jvm.org.apache.hudi.HoodieSchemaConversionUtils.convertHoodieSchemaToStructType(found)
        return StructType.fromJson(json.loads(struct.json()))

    def _earliest_retained(self, clean: Any) -> str:
        jvm: Any = self.spark._jvm  # noqa: SLF001
        details = jvm.org.apache.hudi.common.util.CleanerUtils.getCleanerMetadata(self.meta_client, clean)
        return str(details.getEarliestCommitToRetain() or "")


def _commit(instant: Any) -> Commit:
    completed = _time(instant.getCompletionTime()) if instant.isCompleted() else None
    return Commit(instant=Instant(instant.requestedTime()), completed=completed, action=instant.getAction())


def _time(text: str) -> datetime:
    return Instant(text).time


def _items(java_collection: Any) -> list[Any]:
    """The elements of a Java list or stream."""
    iterator = java_collection.iterator()
    found = []
    while iterator.hasNext():
        found.append(iterator.next())
    return found
