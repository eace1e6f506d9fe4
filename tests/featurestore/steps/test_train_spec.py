"""What a request to train asks for."""

from __future__ import annotations

import msgspec
import pytest

from featurestore.definitions.training import TrainingSpec
from featurestore.errors import DefinitionError, InvalidRequest
from featurestore.step_requests import TrainRequest
from featurestore.steps.train_spec import spec_of


def test_a_request_gives_an_algorithm_a_spec_or_neither() -> None:
    stated = TrainingSpec(algorithm="random_forest")

    assert spec_of(TrainRequest(training_set="june", model="m")) == TrainingSpec()
    assert spec_of(TrainRequest(training_set="june", model="m", algorithm="random_forest")) == stated
    text = msgspec.json.encode(stated).decode()
    assert spec_of(TrainRequest(training_set="june", model="m", spec=text)) == stated


@pytest.mark.parametrize(
    ("algorithm", "spec", "error"),
    [("a", "{}", InvalidRequest), (None, "{", InvalidRequest), (None, '{"algorithms": 1}', DefinitionError)],
)
def test_what_is_no_spec_is_refused(algorithm: str | None, spec: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        spec_of(TrainRequest(training_set="june", model="m", algorithm=algorithm, spec=spec))
