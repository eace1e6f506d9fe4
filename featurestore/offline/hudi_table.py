"""Hudi tables: created recoverably, upserted by key and order, read at an instant; alone says `hoodie.`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError

from featurestore.errors import TableBroken, TableMoved, TableNotFound
from featurestore.offline.hudi_timeline import HudiTimeline, TableCommit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from featurestore.instants import Instant

TABLE_MARK = ".hoodie/hoodie.properties"
"""The file that makes a folder a table."""
DEBRIS_MARK = ".debris-"
"""In the name of a folder that a killed creation left."""
METADATA_PREFIX = "featurestore."
_RUN = METADATA_PREFIX + "run_id"
_OPERATION = "hoodie.datasource.write.operation"
_ROWS_PER_FILE = 250_000
_KEY_GENERATOR = "org.apache.hudi.keygen.SimpleKeyGenerator"


@dataclass(frozen=True, kw_only=True)
class TableLayout:
    """What is fixed when a table is created."""

    partition_by: str
    """A string column; its value names the folder of a row."""

    order_by: tuple[str, ...]
    """Of two rows of one key the greater wins, compared column by column."""

    moves_between_partitions: bool
    """Whether a key is unique over the whole table, so that a row whose partition changes moves."""

    record_key: str = "record_key"


@dataclass(frozen=True, kw_only=True)
class HudiTable:
    """One copy-on-write table at `uri`; `name` is its path in the lake, such as `events/clickstream`."""

    spark: SparkSession
    uri: str
    name: str
    layout: TableLayout
    horizon_days: int = 30
    shuffle_partitions: int = field(default=4)

    def exists(self) -> bool:
        """Whether the table has been created."""
        return self._file_exists(TABLE_MARK)

    def timeline(self) -> HudiTimeline:
        """The table's commits as they are now; `TableNotFound` where there is no table."""
        if not self.exists():
            raise TableNotFound(self.name, location=self.uri)
        try:
            return HudiTimeline.load(self.spark, self.uri, name=self.name)
        except Py4JJavaError as error:
            cause = str(error.java_exception).splitlines()[0]
            raise TableBroken(self.name, finding=cause, remedy="Restore `.hoodie` from a copy.") from error

    def is_ready(self) -> bool:
        """Whether the table can be read and written; not before its creation, nor after one that was killed.

        Raises `TableBroken` for a table that has commits and lost its properties.
        """
        if self._is_whole():
            return True
        if self._has_completed_commit():
            remedy = "Its commits are intact. Restore `.hoodie/hoodie.properties` from a copy."
            raise TableBroken(
                self.name, finding="commits exist but the table's properties do not", remedy=remedy
            )
        return False

    def create_if_absent(self, schema: StructType) -> None:
        """Creates the table; a creation that was killed half-way is moved aside and begun again.

        Never touches a table that has a commit.
        """
        if self.is_ready():
            return
        self._move_debris_aside()
        jvm: Any = self.spark._jvm  # noqa: SLF001 - pyspark has no public door to Hudi's classes
        properties = jvm.java.util.Properties()
        for key, value in self._table_settings(schema).items():
            properties.setProperty(key, value)
        builder = jvm.org.apache.hudi.common.table.HoodieTableMetaClient.newTableBuilder()
        builder.fromProperties(properties).initTable(self._storage_settings(), self.uri)

    def upsert(self, rows: DataFrame, *, metadata: Mapping[str, str] | None = None) -> TableCommit:
        """Commits `rows`, which hold each record key once; the table keeps the greater row of each key.

        `metadata` (keys without prefix) lands in the commit. A batch without rows commits too.
        """
        return self._commit(rows, metadata or {}, self.options())

    def replace(
        self,
        rows: DataFrame,
        *,
        count: int,
        read_at: Instant | None,
        metadata: Mapping[str, str] | None = None,
    ) -> TableCommit:
        """Commits these `count` rows, which hold each record key once, in place of all that the table has.

        For a caller that gives back each row that stood at `read_at`, deleted ones too, or fills an empty table
        (`None`): nothing is looked up or merged, so it costs half an upsert. Earlier instants can be read as
        before. Raises `TableMoved` where another writer has committed since.
        """
        newest = self.timeline().latest()
        if newest != read_at:
            raise TableMoved(self.name, read=str(read_at), found=str(newest))
        if not count:
            return self.upsert(rows, metadata=metadata)
        return self._commit(rows, metadata or {}, {**self.options(), **_replace_options(count)})

    def options(self) -> dict[str, str]:
        """What Hudi is told at every upsert."""
        return {**self._table_options(), **self._write_options()}

    def read_at(self, instant: Instant) -> DataFrame:
        """The rows that the commits completed up to `instant` left, soft-deleted ones included.

        Files are resolved from completed commits alone, so a dead writer's pending commit is in nobody's way.
        """
        timeline = self.timeline()
        files = timeline.files_at(instant)
        schema = timeline.schema_at(instant)
        if not files:
            return self.spark.createDataFrame([], schema)
        return self.spark.read.schema(schema).parquet(*files)

    def _commit(
        self, rows: DataFrame, metadata: Mapping[str, str], options: Mapping[str, str]
    ) -> TableCommit:
        run = uuid.uuid4().hex
        carried = {METADATA_PREFIX + key: value for key, value in metadata.items()}
        # Never `overwrite`: that mode may delete the folder first, and with it what earlier instants show.
        rows.write.format("hudi").options(**options, **carried, **{_RUN: run}).mode("append").save(self.uri)
        for commit in self.timeline().newest_first():
            if commit.metadata.get(_RUN.removeprefix(METADATA_PREFIX)) == run:
                return commit
        raise TableBroken(
            self.name, finding="a commit that was made is not on the timeline", remedy="Run it again."
        )

    def _is_whole(self) -> bool:
        """Whether the table's properties are there and can be read."""
        if not self.exists():
            return False
        try:
            HudiTimeline.load(self.spark, self.uri, name=self.name)
        except Py4JJavaError:
            return False
        return True

    def _move_debris_aside(self) -> None:
        """What a killed creation left goes to `<table>.debris-<id>`."""
        if not self._file_exists(".hoodie"):
            return
        file_system, path = self._file_system()
        jvm: Any = self.spark._jvm  # noqa: SLF001
        aside = f"{self.uri}{DEBRIS_MARK}{uuid.uuid4().hex[:8]}"
        if not file_system.rename(path, jvm.org.apache.hadoop.fs.Path(aside)):
            finding = f"what a killed creation left cannot be moved to {aside}"
            raise TableBroken(self.name, finding=finding, remedy="Move it away by hand.")

    def _has_completed_commit(self) -> bool:
        file_system, _ = self._file_system()
        jvm: Any = self.spark._jvm  # noqa: SLF001
        timeline = jvm.org.apache.hadoop.fs.Path(f"{self.uri}/.hoodie/timeline")
        if not file_system.exists(timeline):
            return False
        names = [status.getPath().getName() for status in file_system.listStatus(timeline)]
        return any(name.endswith("commit") and "_" in name for name in names)

    def _file_exists(self, relative: str) -> bool:
        file_system, _ = self._file_system()
        jvm: Any = self.spark._jvm  # noqa: SLF001
        found: bool = file_system.exists(jvm.org.apache.hadoop.fs.Path(f"{self.uri}/{relative}"))
        return found

    def _file_system(self) -> tuple[Any, Any]:
        jvm: Any = self.spark._jvm  # noqa: SLF001
        path = jvm.org.apache.hadoop.fs.Path(self.uri)
        return path.getFileSystem(self.spark._jsc.hadoopConfiguration()), path  # noqa: SLF001

    def _storage_settings(self) -> Any:
        jvm: Any = self.spark._jvm  # noqa: SLF001
        configuration = self.spark._jsc.hadoopConfiguration()  # noqa: SLF001
        return jvm.org.apache.hudi.hadoop.fs.HadoopFSUtils.getStorageConf(configuration)

    def _table_settings(self, schema: StructType) -> dict[str, str]:
        """Properties that the table keeps for ever."""
        jvm: Any = self.spark._jvm  # noqa: SLF001
        java_schema = jvm.org.apache.spark.sql.types.DataType.fromJson(schema.json())
        conversion = jvm.org.apache.hudi.HoodieSchemaConversionUtils
        hudi_schema = conversion.convertStructTypeToHoodieSchema(java_schema, "row", "featurestore")
        return {
            "hoodie.table.name": self._hudi_name(),
            "hoodie.table.type": "COPY_ON_WRITE",
            "hoodie.table.recordkey.fields": self.layout.record_key,
            "hoodie.table.partition.fields": self.layout.partition_by,
            "hoodie.table.ordering.fields": ",".join(self.layout.order_by),
            "hoodie.table.keygenerator.class": _KEY_GENERATOR,
            "hoodie.record.merge.mode": "EVENT_TIME_ORDERING",
            "hoodie.table.timeline.timezone": "UTC",
            "hoodie.table.create.schema": hudi_schema.toString(),
            "hoodie.datasource.write.drop.partition.columns": "false",
            "hoodie.datasource.write.hive_style_partitioning": "false",
            "hoodie.datasource.write.partitionpath.urlencode": "false",
            "hoodie.populate.meta.fields": "true",
        }

    def _table_options(self) -> dict[str, str]:
        return {
            "hoodie.table.name": self._hudi_name(),
            "hoodie.datasource.write.table.type": "COPY_ON_WRITE",
            "hoodie.datasource.write.recordkey.field": self.layout.record_key,
            "hoodie.datasource.write.partitionpath.field": self.layout.partition_by,
            "hoodie.datasource.write.keygenerator.class": _KEY_GENERATOR,
            "hoodie.table.ordering.fields": ",".join(self.layout.order_by),
            "hoodie.write.record.merge.mode": "EVENT_TIME_ORDERING",
            "hoodie.table.timeline.timezone": "UTC",
        }

    def _write_options(self) -> dict[str, str]:
        parallelism = str(self.shuffle_partitions)
        index = "GLOBAL_SIMPLE" if self.layout.moves_between_partitions else "SIMPLE"
        return {
            _OPERATION: "upsert",
            "hoodie.index.type": index,
            "hoodie.simple.index.update.partition.path": "true",
            # Rows come with each key once; a second pass over all of them would change nothing.
            "hoodie.combine.before.upsert": "false",
            # Hudi's own helper server listens on all addresses; markers written directly need none.
            "hoodie.embed.timeline.server": "false",
            "hoodie.write.markers.type": "DIRECT",
            # The file listing of the metadata table is what reads need; statistics cost seconds a commit.
            "hoodie.metadata.index.column.stats.enable": "false",
            "hoodie.metadata.index.partition.stats.enable": "false",
            "hoodie.clean.policy": "KEEP_LATEST_BY_HOURS",
            "hoodie.clean.hours.retained": str(self.horizon_days * 24),
            # Planning a clean looks at every partition; few commits in a row leave little to remove.
            "hoodie.clean.trigger.max.commits": "20",
            "hoodie.clean.parallelism": parallelism,
            # An archived commit has no completion time to resolve a wall-clock time with.
            "hoodie.archive.automatic": "false",
            "hoodie.datasource.write.commitmeta.key.prefix": METADATA_PREFIX,
            "hoodie.upsert.shuffle.parallelism": parallelism,
            "hoodie.simple.index.parallelism": parallelism,
            "hoodie.global.simple.index.parallelism": parallelism,
            "hoodie.global.index.reconcile.parallelism": parallelism,
        }

    def _hudi_name(self) -> str:
        return self.name.replace("/", "_").replace("-", "_")


def _replace_options(count: int) -> dict[str, str]:
    """The rows go to files as Spark holds them, sorted by partition and key: half the bytes of unsorted ones."""
    return {
        _OPERATION: "bulk_insert",
        "hoodie.datasource.write.row.writer.enable": "true",
        # Replaces the partitions that the rows lie in; the one for whole tables works only with `overwrite`.
        "hoodie.bulkinsert.overwrite.operation.type": "insert_overwrite",
        "hoodie.bulkinsert.sort.mode": "GLOBAL_SORT",
        "hoodie.bulkinsert.shuffle.parallelism": str(1 + count // _ROWS_PER_FILE),
    }


def reader_columns(columns: Sequence[str]) -> list[str]:
    """The columns without Hudi's own."""
    return [name for name in columns if not name.startswith("_hoodie_")]
