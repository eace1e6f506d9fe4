"""Step without a job: rows of one's own with the features that a service had at their times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import types as T

from featurestore.errors import InvalidRequest, RowCountMismatch
from featurestore.offline.frames import names_of, to_spark
from featurestore.offline.point_in_time import ROW
from featurestore.offline.service_rows import features_at
from featurestore.progress import tell
from featurestore.steps.prepare import check_service
from featurestore.steps.service_inputs import read_service_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pyspark.sql import DataFrame

    from featurestore.definitions.features import FeatureService
    from featurestore.steps.workspace import Workspace

_TIME = "event_timestamp"
_FOLDER = "frames"
"""Below the profile's state directory; what is in it lives as long as a call."""


def historical_features(
    workspace: Workspace, rows: Any, *, service: str, as_of: datetime | None = None
) -> DataFrame:
    """Every row once, in the order given, with `<view>__<feature>` of the service's views at its time.

    Tables are read as of `as_of` or now, and the answer is computed now. A row without a key or a time has null
    features. There is no job for this, because frames do not fit on a command line.

    Raises `UnknownDefinition`, `InvalidRequest` for rows that cannot be asked about, `NaiveTimestamp`,
    `TableNotFound`, `InstantError` and `FeaturesBehind`.
    """
    defined = workspace.project.service(service)
    check_columns(names_of(rows), defined)
    inputs = read_service_inputs(workspace, defined, as_of=as_of)
    types = _types(defined, inputs.features)
    folder = Path(workspace.profile.state_directory) / _FOLDER
    asked = to_spark(rows, workspace.spark, folder=folder, types=types)
    _check_types(asked, types)
    total = asked.count()
    tell(f"joining {total:,} rows with {len(defined.feature_columns)} features")
    answered = features_at(asked, inputs.features, defined).orderBy(ROW).drop(ROW)
    found = answered.localCheckpoint(eager=True)
    received = found.count()
    if received != total:
        raise RowCountMismatch("historical_features", expected=total, received=received)
    return found


def check_rows(place: Workspace, rows: Any, *, service: str, as_of: datetime | None = None) -> None:
    """Raises what can be said of service, time and columns without Spark."""
    check_columns(names_of(rows), place.project.service(service))
    check_service(place, service, as_of)


def check_columns(names: list[str], service: FeatureService) -> None:
    """Raises `InvalidRequest` where a column is missing, or has the name of one that will be added."""
    needed = [*join_keys(service), _TIME]
    missing = [name for name in needed if name not in names]
    if missing:
        expected = f"columns {', '.join(needed)}"
        raise InvalidRequest(
            f"Rows for {service.name!r}", expected=expected, received=f"none named {', '.join(missing)}"
        )
    added = {name.casefold() for name in service.feature_columns}
    taken = [name for name in names if name.casefold() in added]
    if taken:
        expected = "no column with the name of a feature that will be added"
        raise InvalidRequest(f"Rows for {service.name!r}", expected=expected, received=", ".join(taken))


def join_keys(service: FeatureService) -> tuple[str, ...]:
    """The join keys of all views of a service, each once."""
    return tuple(dict.fromkeys(key for view in service.views for key in view.entity.join_keys))


def _types(service: FeatureService, features: Mapping[str, DataFrame]) -> dict[str, T.DataType]:
    keys = {
        key: features[view.name].schema[key].dataType
        for view in service.views
        for key in view.entity.join_keys
    }
    return {**keys, _TIME: T.TimestampType()}


def _check_types(asked: DataFrame, types: Mapping[str, T.DataType]) -> None:
    """Keys match by value and type: a float is no integer, even where it looks like one."""
    for name, wanted in types.items():
        given = asked.schema[name].dataType
        both_integers = isinstance(given, T.IntegralType) and isinstance(wanted, T.IntegralType)
        if given != wanted and not both_integers:
            expected = f"{wanted.simpleString()}, as in the service's tables"
            raise InvalidRequest(f"Column {name!r}", expected=expected, received=given.simpleString())
