"""The model store: whole versions or none, one for equal inputs, and no writer spoils another's."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer

from featurestore.definitions.training import TrainingSpec
from featurestore.errors import ArtifactNotFound
from featurestore.files import list_names
from featurestore.training.columns import TrainingColumns
from featurestore.training.evaluate import predict
from featurestore.training.metrics import metrics_from_counts
from featurestore.training.model_store import load_model, save_model
from featurestore.training.model_versions import add_evaluation, list_models, load_card, load_evaluation
from featurestore.training.train import fit
from tests.helpers.models import CARD

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from featurestore.training.model_card import ModelCard

pytestmark = pytest.mark.spark

METRICS = metrics_from_counts(np.array([0.1, 0.9]), np.array([0, 2]), np.array([3, 1]), threshold=0.5)
EVALUATION = {"metrics": json.loads(METRICS.to_json()), "passed": True}


@pytest.fixture(params=["plain path", "file URI"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "plain path" else f"file://{tmp_path}"


def model_that_says(word: str) -> PipelineModel:
    """The smallest model whose output tells it from others."""
    return PipelineModel(stages=[SQLTransformer(statement=f"SELECT '{word}' AS word FROM __THIS__")])  # noqa: S608


def word_of(spark: SparkSession, model: PipelineModel) -> str:
    return str(model.transform(spark.range(1)).collect()[0]["word"])


def card_of(digest: str) -> ModelCard:
    return replace(CARD, training_set_digest=digest)


def test_the_newest_version_is_loaded_unless_another_is_asked_for(spark: SparkSession, root: str) -> None:
    versions = [
        save_model(model_that_says(word), card_of(word), root_uri=root, name="purchase")
        for word in ("one", "two")
    ]

    assert versions == ["1", "2"]
    assert word_of(spark, load_model(root_uri=root, name="purchase")) == "two"
    assert word_of(spark, load_model(root_uri=root, name="purchase", version="1")) == "one"
    assert list_models(root_uri=root) == {"purchase": ("1", "2")}
    assert load_card(root_uri=root, name="purchase").training_set_digest == "two"


def test_a_model_loaded_scores_as_it_did_when_fitted(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.createDataFrame(
        [("u1", 1, "shop", 0), ("u2", 9, None, 1), ("u3", None, "shop", 0)],
        "user string, clicks int, page string, label int",
    )
    columns = TrainingColumns(keys=["user"], label="label", features=["clicks", "page"])
    model = fit(rows, columns, TrainingSpec(settings={"maxIter": 2}))

    save_model(model, CARD, root_uri=str(tmp_path), name="purchase")

    loaded = load_model(root_uri=str(tmp_path), name="purchase")
    assert predict(loaded, rows, keep=["user"]).collect() == predict(model, rows, keep=["user"]).collect()


def test_equal_inputs_give_the_version_that_exists(spark: SparkSession, root: str) -> None:
    for digest in ("june", "july"):
        save_model(model_that_says(digest), card_of(digest), root_uri=root, name="purchase")

    again = save_model(model_that_says("never saved"), card_of("june"), root_uri=root, name="purchase")

    assert again == "1"
    assert list_models(root_uri=root) == {"purchase": ("1", "2")}


def test_a_killed_save_leaves_no_version_and_its_number_is_taken(spark: SparkSession, tmp_path: Path) -> None:
    model_that_says("half").write().save(str(tmp_path / "models/purchase/1/model"))

    assert list_models(root_uri=str(tmp_path)) == {}
    with pytest.raises(ArtifactNotFound, match="found none"):
        load_model(root_uri=str(tmp_path), name="purchase")

    assert save_model(model_that_says("whole"), CARD, root_uri=str(tmp_path), name="purchase") == "1"
    assert word_of(spark, load_model(root_uri=str(tmp_path), name="purchase")) == "whole"


def test_writers_at_the_same_time_get_versions_of_their_own(spark: SparkSession, tmp_path: Path) -> None:
    words = ["a", "b", "c"]

    def save(word: str) -> str:
        return save_model(model_that_says(word), card_of(word), root_uri=str(tmp_path), name="purchase")

    with ThreadPoolExecutor(3) as pool:
        versions = dict(zip(words, pool.map(save, words), strict=True))

    assert sorted(versions.values()) == ["1", "2", "3"]
    for word, version in versions.items():
        assert word_of(spark, load_model(root_uri=str(tmp_path), name="purchase", version=version)) == word
        assert len(list_names(str(tmp_path / "models/purchase" / version / "model"))) == 1


def test_writers_of_the_same_model_at_the_same_time_make_one_version(
    spark: SparkSession, tmp_path: Path
) -> None:
    def save(_: int) -> str:
        return save_model(model_that_says("same"), CARD, root_uri=str(tmp_path), name="purchase")

    with ThreadPoolExecutor(2) as pool:
        versions = list(pool.map(save, range(2)))

    assert versions == ["1", "1"]
    assert list_models(root_uri=str(tmp_path)) == {"purchase": ("1",)}


def test_metrics_are_added_beside_the_card(spark: SparkSession, root: str, tmp_path: Path) -> None:
    save_model(model_that_says("one"), CARD, root_uri=root, name="purchase")
    card = tmp_path / "models/purchase/1/card.json"
    before = card.read_bytes()

    add_evaluation(EVALUATION, root_uri=root, name="purchase", version="1", training_set="holdout")

    assert card.read_bytes() == before
    assert load_card(root_uri=root, name="purchase").metrics == {"holdout": METRICS}
    kept = load_evaluation(root_uri=root, name="purchase", version="1", training_set="holdout")
    assert kept == EVALUATION


def test_an_evaluation_that_was_never_made_is_not_found(root: str) -> None:
    save_model(model_that_says("one"), card_of("one"), root_uri=root, name="purchase")

    with pytest.raises(ArtifactNotFound, match="purchase version 1 on june"):
        load_evaluation(root_uri=root, name="purchase", version="1", training_set="june")
