"""Situations of training sets and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.offline.service_rows import with_features
from featurestore.steps import build_training_set

if TYPE_CHECKING:
    from typing import Any

    from tests.helpers.situations.scene import Scene

SPEC = """
algorithm: logistic_regression
settings: {maxIter: 2}
gate:
  - {metric: auc, at_least: 1.5}
"""


def a_split_of_another_kind(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    return scene.command("split", "visits", "--by", "time", "--test-fraction", "0.3")


def a_gate_that_no_model_passes(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    spec = scene.written("spec.yaml", SPEC)
    scene.did("train", "visits", "--model", "buys", "--spec", spec)
    return scene.command("evaluate", "buys", "--training-set", "visits", "--gate")


def a_join_that_loses_a_row(scene: Scene) -> list[str]:
    """No input makes a join lose rows, so a double of it does."""

    def losing(*given: Any) -> Any:
        rows = with_features(*given)
        return rows.limit(rows.count() - 1)

    scene.with_grown_shop()
    scene.monkeypatch.setattr(build_training_set, "with_features", losing)
    return scene.command("training-set", "build", "buyers", "--name", "lost")


def a_test_part_of_no_rows(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    (scene.lake / "training_sets/visits/split.json").unlink()
    return scene.command("split", "visits", "--test-fraction", "0.0001")
