"""The verbs of a `FeatureStore` on data: ingest, compute, read, and features for rows of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from featurestore.step_requests import (
    ComputeFeaturesRequest,
    HistoryRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    ReadRequest,
)
from featurestore.store_arguments import time_of
from featurestore.store_base import StoreBase

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from featurestore.offline.frames import Frame
    from featurestore.step_reports import (
        ComputeFeaturesReport,
        HistoryReport,
        IngestReport,
        ReadReport,
    )


class DataVerbs(StoreBase):
    """Events in, features computed, tables read."""

    def ingest_batch(
        self, source: str, path: str | None = None, *, pinned: str | None = None
    ) -> IngestReport:
        """Ingests a source's files; `path` (with wildcards, or a folder) takes the place of the source's own.

        `pinned` (see `pin_input`) names files with their digests instead. Files that were ingested before change
        nothing. Raises `UnknownDefinition`, `SourceNotFound`,
        `ContractViolation`, `SchemaIncompatible`.

        >>> from pathlib import Path
        >>> from featurestore.clickstream.generated_files import write_parquet
        >>> from featurestore.clickstream.generator import StreamSpec
        >>> paths = write_parquet(StreamSpec(seed=1, events=4000, users=100, days=30), Path("events"), files=2)
        >>> store.ingest_batch("clickstream", "events/*.parquet").inserted
        4000
        """
        from featurestore.steps.ingest_batch import ingest_batch

        request = IngestBatchRequest(source=source, path=path, pinned=pinned)
        return ingest_batch(self._workspace(request), request)

    def ingest_stream(
        self,
        source: str,
        *,
        once: bool = True,
        interval_seconds: float = 10.0,
        stop: threading.Event | None = None,
        pinned: str | None = None,
    ) -> IngestReport:
        """Ingests a source's topic until it is drained; without `once` until `stop` is set.

        With `pinned` (see `pin_input`) it ends when the table has those ranges. Raises `UnknownDefinition`,
        `MissingSetting`, `KafkaUnreachable`, `KafkaGap`, and what a batch raises.

        >>> report = store.ingest_stream("clickstream")  # needs a broker: `featurestore dev kafka up`
        >>> report.read == report.accepted + report.rejected + report.superseded
        True
        """
        from featurestore.dev.bootstrap import with_dev_broker
        from featurestore.steps.ingest_stream import ingest_stream

        request = IngestStreamRequest(
            source=source, once=once, interval_seconds=interval_seconds, pinned=pinned
        )
        workspace = self._workspace(request, profile=with_dev_broker(self.profile))
        return ingest_stream(workspace, request, stop=stop)

    def ingest_rows(
        self, source: str, rows: pd.DataFrame | pa.Table | pa.RecordBatch | DataFrame
    ) -> IngestReport:
        """Ingests a frame as if it were a Parquet file of the source: the same contract, the same report.

        The frame is written to `_inputs/<source>` in the lake, under a name made from its content, and stays
        there: rejected rows point to their place in it, and events without an id are identified by it. The same
        frame again is the same file, and changes nothing. Columns that the contract lacks count as in a file.

        Raises what a batch raises, `InvalidRequest` for a frame that no file holds without loss, and
        `NaiveTimestamp` for times without a zone where the source declares none.

        >>> import pandas as pd
        >>> visit = {"event_id": 9001, "user_id": "user_9001", "session_id": "sess_9001", "event": "home"}
        >>> rows = pd.DataFrame([{**visit, "timestamp": pd.Timestamp("2024-01-20T12:00:00+01:00")}])
        >>> store.ingest_rows("clickstream", rows).inserted
        1
        """
        from featurestore.steps.ingest_rows import check_rows, ingest_rows

        workspace = self._workspace_after(lambda place: check_rows(place, rows, source=source))
        return ingest_rows(workspace, rows, source=source)

    def compute_features(
        self, view: str, *, full: bool = False, source_instant: str | None = None
    ) -> ComputeFeaturesReport:
        """Brings a view's table up to its events, or up to a commit of them; with `full` all is computed anew.

        Raises `UnknownDefinition`, `TableNotFound` without events, `UnknownInstant`, `DefinitionError`.

        >>> store.compute_features("user_activity").mode
        'full'
        >>> store.compute_features("event_type_activity").mode
        'full'
        >>> store.compute_features("user_activity").mode  # no event came since
        'unchanged'
        """
        from featurestore.steps.compute_features import compute_features

        request = ComputeFeaturesRequest(view=view, full=full, source_instant=source_instant)
        return compute_features(self._workspace(request), request)

    @overload
    def read(
        self, table: str, as_of: datetime | str | None = None, *, frame: Literal["spark"] = "spark"
    ) -> DataFrame: ...
    @overload
    def read(
        self, table: str, as_of: datetime | str | None = None, *, frame: Literal["pandas"]
    ) -> pd.DataFrame: ...
    @overload
    def read(
        self, table: str, as_of: datetime | str | None = None, *, frame: Literal["arrow"]
    ) -> pa.Table: ...
    def read(
        self, table: str, as_of: datetime | str | None = None, *, frame: Frame = "spark"
    ) -> DataFrame | pd.DataFrame | pa.Table:
        """A table's rows without deleted ones and without Hudi's own columns.

        `table` is a path in the lake, such as `events/clickstream`; `features/<view>` is the view's version
        that the project defines. "spark" is lazy and in no order: the commit is chosen now, what is committed
        later does not show, and the frame can be read for as long as the lake keeps that commit. "pandas" and
        "arrow" are read now, in the order of `record_key`. Raises `TableNotFound` and, for a time it cannot
        show, an `InstantError`.

        >>> store.read("events/clickstream").count()
        4001
        >>> events = store.read("events/clickstream", frame="pandas")
        >>> events.quantity.dtype, str(events.event_timestamp.dtype)
        (Int64Dtype(), 'datetime64[us, UTC]')
        """
        from featurestore.offline.frames import as_frame, frame_kind
        from featurestore.steps.read_table import find_table, rows_at

        kind = frame_kind(frame)
        request = ReadRequest(table=table, as_of=time_of(as_of))
        workspace = self._workspace(request)
        _, rows = rows_at(workspace, find_table(workspace, table), as_of=request.as_of)
        return as_frame(rows, kind, order="record_key")

    def preview(self, table: str, as_of: datetime | str | None = None, *, limit: int = 20) -> ReadReport:
        """A table's first rows in the order of their keys, and number and digest of all; raises as `read`.

        >>> preview = store.preview("events/clickstream", limit=3)
        >>> len(preview.rows), preview.rows_total
        (3, 4001)
        """
        from featurestore.steps.read_table import read_table

        request = ReadRequest(table=table, as_of=time_of(as_of), limit=limit)
        return read_table(self._workspace(request), request)

    def history(self, table: str, *, limit: int = 50) -> HistoryReport:
        """A table's commits, newest first; raises `TableNotFound`.

        >>> len(store.history("events/clickstream").commits)
        2
        """
        from featurestore.steps.history import history

        request = HistoryRequest(table=table, limit=limit)
        return history(self._workspace(request), request)

    @overload
    def get_historical_features(
        self, rows: Any, service: str, as_of: datetime | str | None = None, *, frame: Literal["spark"]
    ) -> DataFrame: ...
    @overload
    def get_historical_features(
        self, rows: Any, service: str, as_of: datetime | str | None = None, *, frame: Literal["pandas"]
    ) -> pd.DataFrame: ...
    @overload
    def get_historical_features(
        self, rows: Any, service: str, as_of: datetime | str | None = None, *, frame: Literal["arrow"]
    ) -> pa.Table: ...
    @overload
    def get_historical_features(
        self, rows: DataFrame, service: str, as_of: datetime | str | None = None, *, frame: None = None
    ) -> DataFrame: ...
    @overload
    def get_historical_features(
        self, rows: pd.DataFrame, service: str, as_of: datetime | str | None = None, *, frame: None = None
    ) -> pd.DataFrame: ...
    @overload
    def get_historical_features(
        self,
        rows: pa.Table | pa.RecordBatch,
        service: str,
        as_of: datetime | str | None = None,
        *,
        frame: None = None,
    ) -> pa.Table: ...
    def get_historical_features(
        self, rows: Any, service: str, as_of: datetime | str | None = None, *, frame: Frame | None = None
    ) -> DataFrame | pd.DataFrame | pa.Table:
        """The rows, each once and in their order, with what the service's features were at each row's time.

        Rows have the join keys of the service's views and `event_timestamp`, with a zone; further columns come
        back as they are. Features are called `<view>__<feature>`; a row whose entity had no event yet, or
        whose key or time is null, has nulls. The answer is a frame of the kind that was given, unless `frame`
        names another; it is computed now, for Spark too. `as_of` chooses the tables' commits, not the time of a
        row.

        Raises `UnknownDefinition`, `InvalidRequest` for columns that are missing, of another type than in the
        tables, or named as a feature; `NaiveTimestamp`, `TableNotFound`, `InstantError`, `FeaturesBehind`.

        >>> times = pd.to_datetime(["2024-01-20T11:59:59+01:00", "2024-01-20T12:00:00+01:00"])
        >>> asked = pd.DataFrame({"user_id": "user_9001", "event": "home", "event_timestamp": times})
        >>> found = store.get_historical_features(asked, "purchase_propensity")
        >>> found.user_activity__event_count_5m.tolist()  # nothing is known before noon
        [<NA>, 1]
        """
        from featurestore.offline.frames import as_frame, frame_kind, kind_of
        from featurestore.steps.historical_features import check_rows, historical_features

        kind = kind_of(rows) if frame is None else frame_kind(frame)
        time = time_of(as_of)
        workspace = self._workspace_after(lambda place: check_rows(place, rows, service=service, as_of=time))
        return as_frame(historical_features(workspace, rows, service=service, as_of=time), kind)
