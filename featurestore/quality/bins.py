"""Bins of features, made from the rows of one data set and counted in the rows of any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyspark.sql import DataFrame

_SHARES = tuple(tenth / 10 for tenth in range(1, 10))
_ACCURACY = 10_000
_MOST_TEXTS = 20
_COUNTED = "feature int, bin int, rows bigint"


@dataclass(frozen=True, kw_only=True)
class Bins:
    """How one feature's values are sorted: numbers by `edges`, texts by `values`; nulls have a bin of their own.

    A number's bin is the first whose edge is not less than it. Texts that are not among `values` share a bin.
    """

    feature: str
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] | None = None

    @property
    def number(self) -> int:
        """How many there are: those of values, one for what is beyond them, one for null and NaN."""
        return len(self.edges if self.values is None else self.values) + 2

    def places(self, column: pa.Array) -> Any:
        """The bin of each value, as an array of integers."""
        if self.values is not None:
            found = pc.index_in(column, value_set=pa.array(self.values, column.type))
            beyond = pc.fill_null(found, len(self.values))
            return pc.if_else(pc.is_null(column), self.number - 1, beyond).to_numpy(zero_copy_only=False)
        numbers = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        places = np.searchsorted(np.asarray(self.edges), numbers, side="left")
        return np.where(np.isnan(numbers), self.number - 1, places)


def bins_of(rows: DataFrame, features: Sequence[str]) -> tuple[Bins, ...]:
    """Bins of about equal numbers of rows: by tenths for numbers and booleans, by the most frequent texts.

    Equal tenths are one edge, so a number with few values has few bins.
    """
    kinds = {field.name: field.dataType for field in rows.schema.fields}
    texts = [feature for feature in features if isinstance(kinds[feature], T.StringType)]
    numbers = [feature for feature in features if feature not in texts]
    edges, values = _edges(rows, numbers), _values(rows, texts)
    return tuple(
        Bins(feature=feature, values=values[feature])
        if feature in values
        else Bins(feature=feature, edges=edges[feature])
        for feature in features
    )


def rows_by_bin(rows: DataFrame, bins: Sequence[Bins]) -> dict[str, tuple[int, ...]]:
    """How many rows fall into each bin of each feature; every row is counted once a feature."""
    named = [F.col(f"`{one.feature}`").alias(f"f{number}") for number, one in enumerate(bins)]

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        totals = [np.zeros(one.number, dtype=np.int64) for one in bins]
        for batch in batches:
            for place, one in enumerate(bins):
                totals[place] += np.bincount(one.places(batch.column(place)), minlength=one.number)
        yield pa.RecordBatch.from_arrays(
            [
                pa.array([place for place, total in enumerate(totals) for _ in total], pa.int32()),
                pa.array([number for total in totals for number in range(len(total))], pa.int32()),
                pa.array([int(rows) for total in totals for rows in total], pa.int64()),
            ],
            names=["feature", "bin", "rows"],
        )

    counted = rows.select(*named).mapInArrow(count, _COUNTED)
    found = counted.groupBy("feature", "bin").agg(F.sum("rows").alias("rows")).collect()
    by_place = {(row["feature"], row["bin"]): int(row["rows"]) for row in found}
    return {
        one.feature: tuple(by_place.get((place, number), 0) for number in range(one.number))
        for place, one in enumerate(bins)
    }


def _edges(rows: DataFrame, features: Sequence[str]) -> dict[str, tuple[float, ...]]:
    if not features:
        return {}
    shares = F.array(*(F.lit(share) for share in _SHARES))
    doubles = (F.nanvl(F.col(f"`{feature}`").cast("double"), F.lit(None)) for feature in features)
    found = rows.agg(
        *(F.percentile_approx(double, shares, _ACCURACY).alias(f"f{n}") for n, double in enumerate(doubles))
    ).first()
    tenths = found or [None] * len(features)
    return {feature: tuple(sorted(set(tenths[place] or ()))) for place, feature in enumerate(features)}


def _values(rows: DataFrame, features: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not features:
        return {}
    pairs = (
        F.struct(F.lit(n).alias("feature"), F.col(f"`{name}`").alias("value"))
        for n, name in enumerate(features)
    )
    counted = (
        rows.select(F.explode(F.array(*pairs)).alias("pair"))
        .select("pair.*")
        .dropna()
        .groupBy("feature", "value")
        .count()
    )
    by_count = Window.partitionBy("feature").orderBy(F.desc("count"), "value")
    kept = counted.withColumn("rank", F.row_number().over(by_count)).where(F.col("rank") <= _MOST_TEXTS)
    found = sorted((row["feature"], row["rank"], row["value"]) for row in kept.collect())
    return {
        name: tuple(value for place, _, value in found if place == number)
        for number, name in enumerate(features)
    }
