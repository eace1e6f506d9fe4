"""Training from a divided training set: one version for equal inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore.errors import ArtifactNotFound
from featurestore.step_requests import Algorithm, BuildTrainingSetRequest, TrainRequest
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.train import train
from featurestore.training.model_store import load_card

if TYPE_CHECKING:
    from featurestore.steps.workspace import Workspace

pytestmark = pytest.mark.spark


def test_equal_inputs_give_the_version_that_is_there(open_shop: Workspace) -> None:
    first = train(open_shop, TrainRequest(training_set="visits", model="again"))

    second = train(open_shop, TrainRequest(training_set="visits", model="again"))

    assert (first.version, first.reused) == (1, False)
    assert (second.version, second.reused) == (1, True)
    assert (second.train_rows, second.train_positives) == (first.train_rows, first.train_positives)


def test_another_algorithm_gives_the_next_version(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="next"))

    trees = TrainRequest(training_set="visits", model="next", algorithm=Algorithm.GRADIENT_BOOSTED_TREES)

    assert train(open_shop, trees).version == 2


def test_the_card_says_what_the_model_was_made_from(open_shop: Workspace) -> None:
    report = train(open_shop, TrainRequest(training_set="visits", model="again"))

    card = load_card(root_uri=open_shop.root_uri, name="again")

    assert (card.service, card.training_set, card.label, card.keys) == ("buyers", "visits", "buys", ("user",))
    assert sorted(card.instants) == ["events/visits", "features/small/v1"]
    assert list(card.features) == ["small__visits_10m", "small__pieces_30m", "small__last_page_10m"]
    assert 0 < card.train_positives < card.train_rows == report.train_rows


def test_without_a_split_the_error_says_how_to_make_one(open_shop: Workspace) -> None:
    build_training_set(open_shop, BuildTrainingSetRequest(service="buyers", name="whole"))

    with pytest.raises(ArtifactNotFound, match="featurestore split whole"):
        train(open_shop, TrainRequest(training_set="whole", model="again"))
