"""What can be fitted: our algorithms by name, one of a user's own by import path; all with one interface."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.ml.classification import GBTClassifier, LogisticRegression, RandomForestClassifier
from pyspark.ml.regression import LinearRegression

from featurestore.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from featurestore.definitions.training import Setting


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One way to fit a model: a Spark classifier's class, its settings in Spark's names, what its inputs must be.

    `build` is called with every setting by name and gives a Spark ML estimator, whose columns are set afterwards.
    """

    build: Callable[..., Any]
    settings: Mapping[str, Setting]
    """Every setting a caller may change, with its default; its type is the setting's type."""
    scaled: bool
    """Whether inputs are divided by their standard deviation unless the spec says otherwise."""
    probabilities: bool = True
    """Whether the model leaves probabilities. Of one that only predicts a number, such as a linear regression on
    the labels 0 and 1, the number is taken for the probability of class 1, cut off at 0 and 1."""


_LINEAR: Mapping[str, Setting] = {
    "maxIter": 100,
    "regParam": 0.01,
    "elasticNetParam": 0.0,
    "tol": 1e-6,
    "fitIntercept": True,
}

ALGORITHMS: Mapping[str, Algorithm] = {
    "logistic_regression": Algorithm(
        build=LogisticRegression,
        settings=_LINEAR,
        scaled=True,
    ),
    "linear_regression": Algorithm(
        build=LinearRegression,
        settings=_LINEAR,
        scaled=True,
        probabilities=False,
    ),
    "random_forest": Algorithm(
        build=RandomForestClassifier,
        settings={
            "numTrees": 50,
            "maxDepth": 6,
            "maxBins": 32,
            "minInstancesPerNode": 1,
            "featureSubsetStrategy": "auto",
            "subsamplingRate": 1.0,
            "seed": 17,
        },
        scaled=False,
    ),
    "gradient_boosted_trees": Algorithm(
        build=GBTClassifier,
        settings={
            "maxIter": 20,
            "maxDepth": 4,
            "maxBins": 32,
            "stepSize": 0.1,
            "minInstancesPerNode": 1,
            "subsamplingRate": 1.0,
            "seed": 17,
        },
        scaled=False,
    ),
}


def find_algorithm(name: str) -> Algorithm:
    """One of ours, or the `Algorithm` at `package.module:name`, looked for among installed packages.

    InvalidRequest where there is none.
    """
    if name in ALGORITHMS:
        return ALGORITHMS[name]
    module, _, attribute = name.partition(":")
    expected = f"one of {', '.join(sorted(ALGORITHMS))}, or package.module:name of an Algorithm"
    if not attribute:
        raise InvalidRequest("algorithm", expected=expected, received=name)
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError as error:
        raise InvalidRequest("algorithm", expected=expected, received=f"{name} ({error})") from error
    if not isinstance(found, Algorithm):
        raise InvalidRequest("algorithm", expected=expected, received=f"{name}, a {type(found).__name__}")
    return found


def resolve_settings(algorithm: str, settings: Mapping[str, Setting] | None = None) -> dict[str, Setting]:
    """Return all settings of a fit: the algorithm's own, replaced by those given; sorted by name.

    Equal fits have equal settings: 1 given for a number with a fraction becomes 1.0. InvalidRequest for an
    unknown algorithm, an unknown setting, or a value of another type.
    """
    defaults = find_algorithm(algorithm).settings
    given = dict(settings or {})
    unknown = sorted(given.keys() - defaults.keys())
    if unknown:
        raise InvalidRequest(
            f"Settings of {algorithm}", expected=f"some of {sorted(defaults)}", received=unknown
        )
    return {
        name: _like(defaults[name], given.get(name, defaults[name]), name=name) for name in sorted(defaults)
    }


def _like(default: Setting, value: Setting, *, name: str) -> Setting:
    """The value as the default's type."""
    if type(value) is type(default):
        return value
    if isinstance(default, float) and type(value) is int:
        return float(value)
    raise InvalidRequest(f"Setting {name!r}", expected=f"a value such as {default!r}", received=value)
