"""Algorithms: found by name or import path, their settings complete and of their types."""

from __future__ import annotations

import pytest
from pyspark.ml.classification import NaiveBayes

from featurestore.errors import InvalidRequest
from featurestore.training.algorithms import ALGORITHMS, Algorithm, find_algorithm, resolve_settings

OF_ONES_OWN = Algorithm(build=NaiveBayes, settings={"smoothing": 1.0}, scaled=False)
NO_ALGORITHM = "logistic_regression"


def test_an_algorithm_of_ones_own_is_found_by_its_import_path() -> None:
    assert find_algorithm(f"{__name__}:OF_ONES_OWN") is OF_ONES_OWN
    assert resolve_settings(f"{__name__}:OF_ONES_OWN", {"smoothing": 2}) == {"smoothing": 2.0}


@pytest.mark.parametrize(
    "name",
    ["crystal_ball", f"{__name__}:MISSING", f"{__name__}:NO_ALGORITHM", "no.such.module:X", "os:system"],
)
def test_what_is_no_algorithm_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(InvalidRequest, match=", ".join(sorted(ALGORITHMS))):
        find_algorithm(name)


def test_settings_are_complete_and_alike_for_equal_fits() -> None:
    assert resolve_settings("logistic_regression", {"regParam": 1}) == resolve_settings(
        "logistic_regression", {"regParam": 1.0}
    )
    assert resolve_settings("gradient_boosted_trees")["seed"] == 17


@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        ("crystal_ball", {}),
        ("logistic_regression", {"maxDepth": 3}),
        ("logistic_regression", {"maxIter": 2.5}),
        ("logistic_regression", {"maxIter": True}),
    ],
)
def test_unknown_algorithms_and_settings_are_refused(algorithm: str, settings: dict[str, float]) -> None:
    with pytest.raises(InvalidRequest):
        resolve_settings(algorithm, settings)
