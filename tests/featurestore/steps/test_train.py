"""Training from a divided training set: one version for equal inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from featurestore.definitions.base import from_json
from featurestore.definitions.training import Costs, TrainingSpec
from featurestore.errors import ArtifactNotFound, DefinitionError, InvalidRequest
from featurestore.step_requests import BuildTrainingSetRequest, EvaluateRequest, TrainRequest
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.evaluate import evaluate
from featurestore.steps.train import train
from featurestore.training.model_versions import load_card

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

    trees = TrainRequest(training_set="visits", model="next", algorithm="gradient_boosted_trees")

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


def as_spec(**parts: Any) -> str:
    return msgspec.json.encode(TrainingSpec(**parts)).decode()


def test_a_spec_says_what_is_fitted_and_its_costs_choose_the_threshold(open_shop: Workspace) -> None:
    wanted: dict[str, Any] = {"features": ("small__last_page_10m",), "costs": Costs(false_negative=30)}
    request = TrainRequest(training_set="visits", model="by_spec", spec=as_spec(**wanted))

    report = train(open_shop, request)
    again = train(open_shop, request)
    other = train(open_shop, TrainRequest(training_set="visits", model="by_spec", spec=as_spec()))

    card = load_card(root_uri=open_shop.root_uri, name="by_spec", version="1")
    assert (report.features, card.features) == (1, ("small__last_page_10m",))
    assert from_json(TrainingSpec, dict(card.spec)) == TrainingSpec(**wanted)
    assert report.threshold == card.threshold < 0.5
    assert (again.version, again.reused) == (1, True)
    assert (other.version, other.threshold, other.features) == (2, 0.5, 3)


def test_an_algorithm_of_ones_own_is_trained_by_its_import_path(open_shop: Workspace) -> None:
    name = "tests.featurestore.training.test_algorithms:OF_ONES_OWN"

    report = train(open_shop, TrainRequest(training_set="visits", model="own", algorithm=name))

    assert report.algorithm == name
    assert evaluate(open_shop, EvaluateRequest(model="own", training_set="visits")).metrics["rows"] > 0


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"algorithm": "random_forest", "spec": "{}"}, InvalidRequest),
        ({"spec": "{"}, InvalidRequest),
        ({"spec": '{"fill": "guess"}'}, DefinitionError),
        ({"spec": as_spec(features=("shoe_size",))}, DefinitionError),
        ({"algorithm": "crystal_ball"}, InvalidRequest),
    ],
)
def test_what_cannot_be_trained_is_refused(
    open_shop: Workspace, given: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        train(open_shop, TrainRequest(training_set="visits", model="refused", **given))
