"""What decides the outcome of a step beside its request: definitions, what it reads, the code that does it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

from featurestore.definitions import definition_hash
from featurestore.embedded.timeline import TableTimeline
from featurestore.errors import BeforeFirstCommit, TableNotFound
from featurestore.instants import tables_from_text
from featurestore.steps.saved_manifests import SavedManifests
from featurestore.steps.train_spec import spec_of
from featurestore.training.model_aliases import aliases_of
from featurestore.training.model_versions import load_card, load_evaluation
from pipelines.jobs import step_of
from pipelines.spark_application import IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.abc import Traversable

    from featurestore import step_requests as requests
    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.definitions.features import FeatureService
    from featurestore.step_requests import Request

    Parts = dict[str, Any] | None

_PACKAGES = ("featurestore", "sparkjobs", "pipelines")
_ENGINES = ("pyspark", "numpy", "pyarrow")
_CHAMPION = "champion"
_DIGEST = "@sha256:"
_SPARKS_OWN = "pyspark."


def made_from(request: Request, profile: Profile, project: Project) -> Parts:
    """Plain data, equal for two steps that would make the same; none for one that reads what is newest.

    None, too, where the image in a cluster is named by a tag that may come to mean another one.
    """
    find, image = _PARTS.get(step_of(request)), _image(profile)
    parts = None if find is None or image is None else find(request, profile, project)
    return None if parts is None else {"code": code_digest(), "image": image, **parts}


@cache
def code_digest() -> str:
    """SHA-256 (hex) of the project's own modules and data, and of the versions of what they compute with."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for name, content in sorted(_files(resources.files(package), package)):
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    for name in _ENGINES:
        digest.update(f"{name}\0{_version(name)}\0".encode())
    return digest.hexdigest()


def _files(folder: Traversable, name: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        path = f"{name}/{entry.name}"
        found += _files(entry, path) if entry.is_dir() else [(path, entry.read_bytes())]
    return found


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _image(profile: Profile) -> str | None:
    if profile.kubernetes.namespace is None:
        return ""
    image = profile.image.name or IMAGE
    return image if _DIGEST in image or not profile.image.pin else None


def _source(project: Project, name: str) -> dict[str, Any]:
    return {"source": definition_hash(project.source(name))}


def _pinned(
    request: requests.ValidateRequest | requests.IngestBatchRequest | requests.IngestStreamRequest,
    _profile: Profile,
    project: Project,
) -> Parts:
    return None if request.pinned is None else _source(project, request.source)


def _features(request: requests.ComputeFeaturesRequest, _profile: Profile, project: Project) -> Parts:
    if request.source_instant is None or request.full:
        return None
    view = project.view(request.view)
    return {"view": definition_hash(view), **_source(project, view.source)}


def _training_set(request: requests.BuildTrainingSetRequest, _profile: Profile, project: Project) -> Parts:
    service = project.service(request.service)
    past = request.as_of is not None and request.as_of <= datetime.now(timezone.utc)
    return _service(service, project) if past or _fixes(request.tables, service) else None


def _fixes(tables: str | None, service: FeatureService) -> bool:
    """Whether these commits fix all that the service reads: events that no view was made from are read apart."""
    events = f"events/{service.spine.source}"
    of_views = any(view.source == service.spine.source for view in service.views)
    return tables is not None and (of_views or events in tables_from_text(tables))


def _service(service: FeatureService, project: Project) -> dict[str, Any]:
    sources = sorted({view.source for view in service.views} | {service.spine.source})
    return {
        "service": definition_hash(service),
        "sources": [definition_hash(project.source(name)) for name in sources],
    }


def _saved(name: str, profile: Profile, *, divided: bool = True) -> dict[str, Any]:
    saved = SavedManifests(profile.storage.root_uri)
    parts: dict[str, Any] = {"training_set": saved.existing_training_set(name).digest}
    return {**parts, "split": saved.existing_split(name).made_from} if divided else parts


def _split(request: requests.SplitRequest, profile: Profile, _project: Project) -> Parts:
    return _saved(request.training_set, profile, divided=False)


def _train(request: requests.TrainRequest, profile: Profile, _project: Project) -> Parts:
    algorithm = spec_of(request).algorithm
    # Code of one's own may have changed without its name.
    if "." in algorithm and not algorithm.startswith(_SPARKS_OWN):
        return None
    return _saved(request.training_set, profile)


def _evaluate(request: requests.EvaluateRequest, profile: Profile, _project: Project) -> Parts:
    if request.version is None:
        return None
    versions = aliases_of(root_uri=profile.storage.root_uri, name=request.model).versions
    champion = versions.get(_CHAMPION)
    rival = None if champion == str(request.version) else champion
    return {"rival": rival, **_saved(request.training_set, profile)}


def _report(request: requests.ReportModelRequest, profile: Profile, project: Project) -> Parts:
    if request.version is None:
        return None
    root = profile.storage.root_uri
    card = load_card(root_uri=root, name=request.model, version=str(request.version))
    evaluation = load_evaluation(
        root_uri=root,
        name=request.model,
        version=card.version,
        training_set=request.training_set or card.training_set,
    )
    service = project.service(card.service)
    source = service.spine.source
    tables = [*(view.table for view in service.views), f"events/{source}", f"quarantine/{source}"]
    tables.append(f"predictions/{request.model}")
    newest = {name: _newest(name, profile) for name in tables}
    return {"evaluation": evaluation, "newest": newest, **_service(service, project)}


def _newest(table: str, profile: Profile) -> str | None:
    try:
        return str(TableTimeline.load(profile.table_uri(table), name=table).latest_visible())
    except (TableNotFound, BeforeFirstCommit):
        return None


def _scored(
    request: requests.ScoreRequest | requests.MeasureDriftRequest, profile: Profile, project: Project
) -> Parts:
    if request.version is None or request.tables is None:
        return None
    card = load_card(root_uri=profile.storage.root_uri, name=request.model, version=str(request.version))
    service = project.service(card.service)
    return _service(service, project) if _fixes(request.tables, service) else None


_PARTS: dict[str, Callable[[Any, Profile, Project], Parts]] = {
    "validate": _pinned,
    "ingest_batch": _pinned,
    "ingest_stream": _pinned,
    "compute_features": _features,
    "build_training_set": _training_set,
    "split": _split,
    "train": _train,
    "evaluate": _evaluate,
    "measure_drift": _scored,
    "report_model": _report,
    "score": _scored,
}
