"""Step `register_model`: let an alias stand for a version that passed its gate; needs no Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from featurestore.errors import ArtifactBroken, GateFailed
from featurestore.files import join_uri
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from featurestore.step_reports import EvaluateReport, RegisterModelReport
from featurestore.training.model_aliases import aliases_of, promote
from featurestore.training.model_versions import load_evaluation

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.step_requests import RegisterModelRequest


def register_model(profile: Profile, request: RegisterModelRequest) -> RegisterModelReport:
    """Promotes the version, by its evaluation on the training set that the request names.

    Asked again, nothing changes. Raises `ArtifactNotFound` without that evaluation, `GateFailed` where a condition
    of its gate did not hold, `RegistryMoved` where another writer was faster.
    """
    root = profile.storage.root_uri
    reach_lake(profile)
    version = str(request.version)
    evaluation = _evaluation(root, request)
    failed = {one.condition: one.reason for one in evaluation.gate if not one.passed}
    if failed:
        raise GateFailed(f"{request.model} version {version}", failed=failed)
    before = aliases_of(root_uri=root, name=request.model).versions.get(request.alias)
    tell(f"registering {request.model} version {version} as {request.alias}")
    promote(request.alias, root_uri=root, name=request.model, version=version)
    return RegisterModelReport(
        step="register_model",
        model=request.model,
        version=request.version,
        alias=request.alias,
        replaced=int(before) if before not in (None, version) else None,
        training_set=request.training_set,
        metrics=evaluation.metrics,
        location=join_uri(root, "models", request.model, version),
    )


def _evaluation(root: str, request: RegisterModelRequest) -> EvaluateReport:
    name = f"{request.model} version {request.version} on {request.training_set}"
    kept = load_evaluation(
        root_uri=root, name=request.model, version=str(request.version), training_set=request.training_set
    )
    try:
        return msgspec.convert(kept, EvaluateReport)
    except msgspec.ValidationError as error:
        raise ArtifactBroken(f"evaluation of {name}", expected="a report", received=str(error)) from error
