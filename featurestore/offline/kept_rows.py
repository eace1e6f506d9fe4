"""Rows computed once and kept for the passes that follow, on local disk or where no executor takes them along."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame


@contextmanager
def kept_rows(rows: DataFrame) -> Iterator[DataFrame]:
    """The same rows, computed once and read by all actions on them.

    They are never computed again, so what was counted is what is written, whatever happens to their source
    meanwhile. A session with a checkpoint folder, which is one on a cluster, writes them there now, and an executor
    that is lost takes none of them along; any other keeps them on its own disk with the first action. Kept as whole
    rows: Spark's own cache of a frame takes columns apart, which costs more than reading and judging the rows.
    """
    folder = rows.sparkSession.sparkContext.getCheckpointDir()
    with _on_own_disk(rows) if folder is None else _in_folder(rows) as kept:
        yield kept


@contextmanager
def _in_folder(rows: DataFrame) -> Iterator[DataFrame]:
    kept = rows.checkpoint(eager=True)
    jvm: Any = kept._sc._jvm  # noqa: SLF001 - pyspark has no public door to Hadoop's classes
    path = jvm.org.apache.hadoop.fs.Path(kept._jdf.queryExecution().logical().rdd().getCheckpointFile().get())  # noqa: SLF001
    try:
        yield kept
    finally:
        path.getFileSystem(kept._sc._jsc.hadoopConfiguration()).delete(path, True)  # noqa: SLF001


@contextmanager
def _on_own_disk(rows: DataFrame) -> Iterator[DataFrame]:
    kept = rows.localCheckpoint(eager=False)
    # A checkpoint on local disk keeps rows in memory unless told otherwise; Spark 3.5 tells it on the RDD only.
    stored = kept._jdf.queryExecution().logical().rdd()  # noqa: SLF001
    stored.persist(rows.sparkSession.sparkContext._getJavaStorageLevel(StorageLevel.DISK_ONLY))  # noqa: SLF001
    try:
        yield kept
    finally:
        stored.unpersist(False)
