"""Which columns of a training set are what, and the names that models give to columns of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import types as T

from featurestore.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EVENT_TIMESTAMP = "event_timestamp"

_OWN = "_featurestore_"
CLASS_PROBABILITIES = f"{_OWN}probability"
"""The column in which a model leaves the vector of both classes' probabilities."""


@dataclass(frozen=True, kw_only=True)
class TrainingColumns:
    """The columns that a model is fitted on."""

    keys: Sequence[str]
    label: str
    """Integer, 0 or 1 in every row."""
    features: Sequence[str]
    """Integers, doubles, decimals, booleans and strings, in the order of the model's inputs."""

    def __post_init__(self) -> None:
        if not self.features:
            raise InvalidRequest("features", expected="one or more columns", received="none")
        names = [*self.features, self.label, *self.keys]
        taken = sorted({name for name in names if names.count(name) > 1 or name.startswith(_OWN)})
        if taken:
            expected = f"each column once as feature, label or key, none beginning with {_OWN!r}"
            raise InvalidRequest("Training columns", expected=expected, received=taken)


@dataclass(frozen=True, kw_only=True)
class FeatureKinds:
    """The features by how a model reads them; each in one list, in the order of the features."""

    numbers: Sequence[str]
    """Numbers and booleans."""
    texts: Sequence[str]
    empty: Sequence[str]
    """Those without any value in the rows to fit on."""


def feature_kinds(
    schema: T.StructType, features: Iterable[str], *, empty: Iterable[str] = ()
) -> FeatureKinds:
    """Sort features by kind; InvalidRequest for one that is missing, or of a type no model reads."""
    types = {field.name: field.dataType for field in schema.fields}
    without_value = set(empty)
    numbers: list[str] = []
    texts: list[str] = []
    constants: list[str] = []
    for feature in features:
        if isinstance(types.get(feature), T.StringType):
            kind = texts
        elif isinstance(types.get(feature), T.NumericType | T.BooleanType):
            kind = numbers
        else:
            received = (
                types[feature].simpleString() if feature in types else f"no such column in {sorted(types)}"
            )
            raise InvalidRequest(
                f"Feature {feature!r}", expected="numbers, booleans or strings", received=received
            )
        (constants if feature in without_value else kind).append(feature)
    return FeatureKinds(numbers=tuple(numbers), texts=tuple(texts), empty=tuple(constants))


def own_names(kind: str, count: int) -> list[str]:
    """Names for columns that a model makes on its way; no feature, key or label has such a name."""
    return [f"{_OWN}{kind}_{number}" for number in range(count)]


def own_name(kind: str) -> str:
    """A name for one column that a model makes on its way."""
    return f"{_OWN}{kind}"


def quoted(name: str) -> str:
    """A column's name as Spark reads it literally, whatever characters are in it."""
    return "`" + name.replace("`", "``") + "`"
