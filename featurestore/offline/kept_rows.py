"""Rows computed once and kept on local disk for the passes that follow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark import StorageLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame


@contextmanager
def kept_rows(rows: DataFrame) -> Iterator[DataFrame]:
    """The same rows, computed by the first action on them and read from disk by all others.

    They are never computed again, so what was counted is what is written, whatever happens to their source
    meanwhile; should an executor be lost with its part of them, the action fails. Kept as whole rows: Spark's
    own cache of a frame takes columns apart, which costs more than reading and judging the rows.
    """
    kept = rows.localCheckpoint(eager=False)
    # A checkpoint on local disk keeps rows in memory unless told otherwise; Spark 3.5 tells it on the RDD only.
    stored = kept._jdf.queryExecution().logical().rdd()  # noqa: SLF001
    stored.persist(rows.sparkSession.sparkContext._getJavaStorageLevel(StorageLevel.DISK_ONLY))  # noqa: SLF001
    try:
        yield kept
    finally:
        stored.unpersist(False)
