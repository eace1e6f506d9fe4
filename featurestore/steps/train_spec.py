"""What a request to train asks for, as a training spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.definitions.base import from_json
from featurestore.definitions.training import TrainingSpec
from featurestore.errors import InvalidRequest

if TYPE_CHECKING:
    from featurestore.step_requests import TrainRequest


def spec_of(request: TrainRequest) -> TrainingSpec:
    """The spec that a request gives as JSON, or one of its algorithm alone.

    Raises `InvalidRequest` where it gives both, `DefinitionError` for a spec that is none.
    """
    if request.spec is None:
        return TrainingSpec(algorithm=request.algorithm) if request.algorithm else TrainingSpec()
    if request.algorithm is not None:
        raise InvalidRequest("train", expected="an algorithm or a spec", received="both")
    try:
        tree: Any = msgspec.json.decode(request.spec)
    except msgspec.DecodeError as error:
        raise InvalidRequest("spec", expected="a training spec as JSON", received=str(error)) from error
    return from_json(TrainingSpec, tree)
