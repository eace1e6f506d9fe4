"""Entities, windowed aggregations, feature views, and the service that a model uses."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from featurestore.definitions.base import Definition, checked_name, unique
from featurestore.definitions.derived import DerivedColumn, check_derived
from featurestore.definitions.schema import NUMBERS, DataType, Schema
from featurestore.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable

RESERVED = ("record_key", "event_timestamp", "version", "is_deleted", "event_month")
"""Columns that every feature table has beside its entity's keys and its features."""

_UNITS = (
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "m"),
    (timedelta(seconds=1), "s"),
)


class Entity(Definition, frozen=True, kw_only=True):
    """Something features belong to, such as a user; `join_keys` are the columns that identify it."""

    name: str
    join_keys: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_name(f"Entity {self.name!r}", self.name)
        if not self.join_keys:
            raise DefinitionError(f"Entity {self.name!r}", expected="at least one join key", received="none")
        unique(f"Entity {self.name!r}", list(self.join_keys))


class AggregationFunction(Enum):
    """What a windowed feature computes; null inputs are left out by all but `count` without a field."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    """The exact sum over the number of values, as float64."""
    DISTINCT_COUNT = "distinct_count"
    LAST = "last"
    """The value of the newest event, by (event_timestamp, record_key), whose value is not null."""


class Aggregation(Definition, frozen=True, kw_only=True):
    """One windowed feature: at any `t` the aggregate of the events in `(t - window, t]`.

    `count`, `sum` and `distinct_count` of an empty window are 0, `mean` and `last` are null; all are null for an
    entity without any event at or before `t`. `name` is made from the parts where it is not given:
    `event_count_1h`, `user_id_distinct_count_7d`.
    """

    function: AggregationFunction
    window: timedelta
    field: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"Aggregation {self.function.value}"
        if self.window <= timedelta(0):
            raise DefinitionError(subject, expected="a window longer than 0", received=self.window)
        if self.field is None and self.function is not AggregationFunction.COUNT:
            raise DefinitionError(subject, expected="a field", received=None)
        if not self.name:
            parts = (self.field or "event", self.function.value, window_text(self.window))
            msgspec.structs.force_setattr(self, "name", "_".join(parts))
        checked_name(subject, self.name)


def aggregations_over(
    windows: Iterable[timedelta], function: AggregationFunction, field: str | None = None
) -> tuple[Aggregation, ...]:
    """The same aggregation over several windows."""
    return tuple(Aggregation(function=function, field=field, window=window) for window in windows)


def window_text(window: timedelta) -> str:
    """A window in its largest whole unit: 5m, 1h, 7d."""
    for unit, letter in _UNITS:
        if window % unit == timedelta(0):
            return f"{window // unit}{letter}"
    return f"{window // timedelta(microseconds=1)}us"


class FeatureView(Definition, frozen=True, kw_only=True):
    """Windowed features of one entity from one source, and features derived from them.

    `features` are expressions over the aggregations of the same row and time. New aggregations and features may
    be added: what is stored stays and gets the new columns. A change of values, a removed or renamed feature
    needs a greater `version`; each version is a table of its own.
    """

    name: str
    entity: Entity
    source: str
    aggregations: tuple[Aggregation, ...]
    features: tuple[DerivedColumn, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"FeatureView {self.name!r}"
        checked_name(subject, self.name)
        if not self.aggregations:
            raise DefinitionError(subject, expected="at least one aggregation", received="none")
        if self.version < 1:
            raise DefinitionError(subject, expected="a version of 1 or more", received=self.version)
        unique(subject, [*self.feature_names, *self.entity.join_keys, *RESERVED])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Feature columns: aggregations, then derived features, each in declared order."""
        aggregated = tuple(aggregation.name for aggregation in self.aggregations)
        return aggregated + tuple(feature.name for feature in self.features)

    @property
    def longest_window(self) -> timedelta:
        """The longest window of all features."""
        return max(aggregation.window for aggregation in self.aggregations)

    @property
    def table(self) -> str:
        """The table's path in the lake."""
        return f"features/{self.name}/v{self.version}"


def aggregation_type(aggregation: Aggregation, schema: Schema) -> DataType:
    """The type of an aggregation over fields of this schema."""
    if aggregation.function is AggregationFunction.MEAN:
        return DataType.FLOAT64
    takes_type = (AggregationFunction.SUM, AggregationFunction.LAST)
    if aggregation.function in takes_type and aggregation.field is not None:
        return schema.field(aggregation.field).data_type
    return DataType.INT64


def check_view(view: FeatureView, schema: Schema) -> None:
    """Raises `DefinitionError` where the view cannot be computed from facts of this schema."""
    subject = f"FeatureView {view.name!r}"
    for key in view.entity.join_keys:
        if schema.field(key).data_type is DataType.FLOAT64:
            raise DefinitionError(subject, expected="keys that are no floats", received=key)
    for aggregation in view.aggregations:
        if aggregation.field is None:
            continue
        data_type = schema.field(aggregation.field).data_type
        of_numbers = (AggregationFunction.SUM, AggregationFunction.MEAN)
        if aggregation.function in of_numbers and data_type not in NUMBERS:
            raise DefinitionError(
                f"{subject}, {aggregation.name!r}",
                expected=f"a number field for a {aggregation.function.value}",
                received=data_type.value,
            )
    types = {aggregation.name: aggregation_type(aggregation, schema) for aggregation in view.aggregations}
    check_derived(f"{subject}, features", view.features, types)


class SessionEnds(Definition, frozen=True, kw_only=True):
    """One row per entity and session, at the session's last event.

    The last event is the greatest by (event_timestamp, record_key); `carry` are further fields taken from it,
    for the keys of other views.
    """

    source: str
    entity: Entity
    session_field: str
    carry: tuple[str, ...] = ()


class Label(Definition, frozen=True, kw_only=True):
    """1 where the entity has an event with `field` equal to `value` in `(t, t + horizon]`, else 0.

    It exists only where `t + horizon` is at or before the newest event known.
    """

    name: str
    field: str
    value: str
    horizon: timedelta

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_name(f"Label {self.name!r}", self.name)
        if self.horizon <= timedelta(0):
            raise DefinitionError(
                f"Label {self.name!r}", expected="a horizon longer than 0", received=self.horizon
            )


class FeatureService(Definition, frozen=True, kw_only=True):
    """The views one model uses, the rows it is asked about and the label it learns."""

    name: str
    views: tuple[FeatureView, ...]
    spine: SessionEnds
    label: Label

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"FeatureService {self.name!r}"
        checked_name(subject, self.name)
        if not self.views:
            raise DefinitionError(subject, expected="at least one view", received="none")
        unique(subject, [view.name for view in self.views])
        own = ("record_key", "event_timestamp", self.label.name)
        unique(subject, [*self.spine_columns, *own, *self.feature_columns])
        for view in self.views:
            missing = sorted(set(view.entity.join_keys) - set(self.spine_columns))
            if missing:
                raise DefinitionError(
                    f"{subject}, view {view.name!r}",
                    expected=f"join keys among the spine's columns {', '.join(self.spine_columns)}",
                    received=", ".join(missing),
                )

    @property
    def spine_columns(self) -> tuple[str, ...]:
        """Columns of a label row beside `event_timestamp` and the label."""
        return (*self.spine.entity.join_keys, self.spine.session_field, *self.spine.carry)

    @property
    def feature_columns(self) -> tuple[str, ...]:
        """Feature columns of a training set: `<view>__<feature>`."""
        return tuple(feature_column(view, name) for view in self.views for name in view.feature_names)


def feature_column(view: FeatureView, feature: str) -> str:
    """The name of a view's feature in a training set."""
    return f"{view.name}__{feature}"
