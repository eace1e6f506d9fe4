"""What tells that which a task made from anything else in its place: equal seals, the same thing."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from featurestore.embedded.timeline import TableTimeline
from featurestore.errors import ArtifactNotFound, BeforeFirstCommit, TableNotFound
from featurestore.files import exists, open_binary
from featurestore.instants import Instant
from featurestore.steps.saved_manifests import SavedManifests
from featurestore.training.model_versions import load_card, load_evaluation
from pipelines.jobs import step_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.step_requests import Request

    Report = dict[str, Any]


def seal_of(request: Request, report: Report, profile: Profile) -> str | None:
    """The seal of what the report speaks of, as it is now; none where it is gone, such as a cleaned commit."""
    try:
        return _SEALS[step_of(request)](report, profile)
    except (ArtifactNotFound, TableNotFound, BeforeFirstCommit):
        return None


def _judgement(_report: Report, _profile: Profile) -> str:
    """It is its report, and nothing else was made."""
    return "judged"


def _newest_commit(report: Report, profile: Profile) -> str:
    """Whoever wrote afterwards, or made the table anew, changes it."""
    return str(_timeline(report, profile).latest_visible())


def _commit(report: Report, profile: Profile) -> str | None:
    instant = Instant(report["instant"])
    return str(instant) if _timeline(report, profile).has(instant) else None


def _timeline(report: Report, profile: Profile) -> TableTimeline:
    return TableTimeline.load(profile.table_uri(report["table"]), name=report["table"])


def _training_set(report: Report, profile: Profile) -> str:
    found = SavedManifests(profile.storage.root_uri).existing_training_set(report["training_set"])
    return f"{found.digest}/{found.folder}"


def _split(report: Report, profile: Profile) -> str:
    found = SavedManifests(profile.storage.root_uri).existing_split(report["training_set"])
    return f"{found.training_set_digest}/{found.train}/{found.test}"


def _model(report: Report, profile: Profile) -> str:
    root, version = profile.storage.root_uri, str(report["version"])
    card = load_card(root_uri=root, name=report["model"], version=version)
    return f"{card.fingerprint}/{card.created_at}"


def _evaluation(report: Report, profile: Profile) -> str:
    kept = load_evaluation(
        root_uri=profile.storage.root_uri,
        name=report["model"],
        version=str(report["version"]),
        training_set=report["training_set"],
    )
    return _digest(json.dumps(kept, sort_keys=True).encode())


def _page(report: Report, _profile: Profile) -> str | None:
    if not exists(report["location"]):
        return None
    with open_binary(report["location"]) as file:
        return _digest(file.read())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_SEALS: dict[str, Callable[[Report, Profile], str | None]] = {
    "validate": _judgement,
    "ingest_batch": _newest_commit,
    "ingest_stream": _newest_commit,
    "compute_features": _commit,
    "build_training_set": _training_set,
    "split": _split,
    "train": _model,
    "evaluate": _evaluation,
    "measure_drift": _judgement,
    "report_model": _page,
    "score": _commit,
}
