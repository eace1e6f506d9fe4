"""Windowed features of many entities: the kernel of `featurestore.windows` over sorted Spark partitions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F
from pyspark.sql import types as T

from featurestore.definitions.features import AggregationFunction, aggregation_type
from featurestore.offline.encoding import key_of
from featurestore.offline.spark_types import SPARK_TYPES
from featurestore.windows import change_points, compute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    import numpy.typing as npt
    from pyspark.sql import DataFrame

    from featurestore.definitions.features import Aggregation, FeatureView
    from featurestore.definitions.schema import Schema

_ENTITY = "_entity"
_TIME = "_time"
FROM = "_from"
UNTIL = "_until"
_ROWS_PER_BATCH = 20_000


def aggregate(
    events: DataFrame, view: FeatureView, schema: Schema, *, only: Sequence[Aggregation] | None = None
) -> DataFrame:
    """Every change row of the view's aggregations in each entity's range; with `only` just these columns.

    Input: current events with `event_timestamp`, `record_key`, the view's keys and fields, and the range
    `[_from, _until]` in microseconds, the same on all rows of an entity; an event only helps to compute where it
    lies outside. Output: keys, `event_timestamp`, features; one row per entity and change point in its range.
    """
    keys = list(view.entity.join_keys)
    wanted = view.aggregations if only is None else tuple(only)
    fields = sorted({a.field for a in wanted if a.field is not None})
    narrow = events.select(
        key_of(events, keys).alias(_ENTITY),
        *keys,
        F.unix_micros("event_timestamp").alias(_TIME),
        "record_key",
        FROM,
        UNTIL,
        *(F.col(name).alias(f"_field_{name}") for name in fields),
    )
    ordered = narrow.repartition(_ENTITY).sortWithinPartitions(_ENTITY, _TIME, "record_key")
    output = output_schema(view, schema, wanted)
    windows = sorted({aggregation.window for aggregation in view.aggregations})
    kernel = _Kernel(keys=keys, aggregations=wanted, windows=windows, schema=_arrow_schema(output))
    computed = ordered.drop("record_key").mapInArrow(kernel.run, _with_micros(output))
    return computed.withColumn("event_timestamp", F.timestamp_micros("event_timestamp")).select(*output.names)


def output_schema(view: FeatureView, schema: Schema, aggregations: Sequence[Aggregation]) -> T.StructType:
    """Columns of `aggregate`'s result: keys, `event_timestamp`, and these aggregations."""
    keys = [T.StructField(key, SPARK_TYPES[schema.field(key).data_type]) for key in view.entity.join_keys]
    features = [T.StructField(a.name, SPARK_TYPES[aggregation_type(a, schema)]) for a in aggregations]
    return T.StructType([*keys, T.StructField("event_timestamp", T.TimestampType()), *features])


def _with_micros(schema: T.StructType) -> T.StructType:
    return T.StructType(
        [
            T.StructField(f.name, T.LongType() if f.name == "event_timestamp" else f.dataType)
            for f in schema.fields
        ]
    )


def _arrow_schema(schema: T.StructType) -> pa.Schema:
    kinds: dict[type[T.DataType], pa.DataType] = {
        T.StringType: pa.string(),
        T.LongType: pa.int64(),
        T.DoubleType: pa.float64(),
        T.BooleanType: pa.bool_(),
        T.TimestampType: pa.timestamp("us", tz="UTC"),
        T.DateType: pa.date32(),
    }
    return pa.schema([(f.name, kinds[type(f.dataType)]) for f in _with_micros(schema).fields])


@dataclass(frozen=True, kw_only=True)
class _Kernel:
    """What runs in a Python worker: whole entities in, change rows out, in bounded batches."""

    keys: Sequence[str]
    aggregations: Sequence[Aggregation]
    windows: Sequence[timedelta]
    schema: pa.Schema

    def run(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        pending: list[pa.Table] = []
        rows = 0
        for entity in _whole_entities(batches):
            computed = self._one(entity)
            pending.append(computed)
            rows += computed.num_rows
            if rows >= _ROWS_PER_BATCH:
                yield from self._emit(pending)
                pending, rows = [], 0
        yield from self._emit(pending)

    def _emit(self, tables: list[pa.Table]) -> Iterator[pa.RecordBatch]:
        if tables:
            yield from pa.concat_tables(tables).combine_chunks().to_batches(max_chunksize=_ROWS_PER_BATCH)

    def _one(self, entity: pa.Table) -> pa.Table:
        """The change rows of one entity, whose rows come sorted by time and record key."""
        times = entity[_TIME].to_numpy()
        points = change_points(times, self.windows)
        points = points[(points >= entity[FROM][0].as_py()) & (points <= entity[UNTIL][0].as_py())]
        fields = {
            a.field: _Field.of(entity[f"_field_{a.field}"]) for a in self.aggregations if a.field is not None
        }
        columns = {name: (field.numbers, field.valid) for name, field in fields.items()}
        computed = compute(self.aggregations, times, columns, points)
        arrays = [pa.repeat(entity[key][0], len(points)) for key in self.keys] + [pa.array(points)]
        for aggregation in self.aggregations:
            result = computed[aggregation.name]
            numbers = pa.array(result.values, mask=~result.valid)
            if aggregation.function is AggregationFunction.LAST and aggregation.field is not None:
                numbers = fields[aggregation.field].decode(numbers)
            arrays.append(numbers)
        typed = [array.cast(field.type) for array, field in zip(arrays, self.schema, strict=True)]
        return pa.Table.from_arrays(typed, schema=self.schema)


@dataclass(frozen=True, kw_only=True)
class _Field:
    """A column as numbers: its own, or the codes of its distinct values."""

    numbers: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]
    values: pa.Array | None

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Field:
        array = column.combine_chunks()
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        values = None
        if not (pa.types.is_int64(array.type) or pa.types.is_float64(array.type)):
            encoded = array.dictionary_encode()
            array, values = encoded.indices.cast(pa.int64()), encoded.dictionary
        return cls(numbers=array.fill_null(0).to_numpy(zero_copy_only=False), valid=valid, values=values)

    def decode(self, numbers: pa.Array) -> pa.Array:
        """The values that these codes stand for; nulls stay null."""
        return numbers if self.values is None else self.values.take(numbers.cast(pa.int64()))


def _whole_entities(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """One table per run of equal entity keys, however the runs fall on batches."""
    open_pieces: list[pa.RecordBatch] = []
    for batch in batches:
        for piece in _runs(batch):
            if open_pieces and open_pieces[-1][_ENTITY][0] != piece[_ENTITY][0]:
                yield pa.Table.from_batches(open_pieces)
                open_pieces = []
            open_pieces.append(piece)
    if open_pieces:
        yield pa.Table.from_batches(open_pieces)


def _runs(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if not batch.num_rows:
        return
    entity = batch[_ENTITY]
    changes = pc.not_equal(entity[1:], entity[:-1]).to_numpy(zero_copy_only=False)
    starts = [0, *(np.flatnonzero(changes) + 1).tolist(), batch.num_rows]
    for start, stop in pairwise(starts):
        yield batch.slice(start, stop - start)
