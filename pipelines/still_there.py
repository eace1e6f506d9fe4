"""Whether what a task made is there as it was, so that others may go on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.embedded.timeline import TableTimeline
from featurestore.errors import ArtifactNotFound, BeforeFirstCommit, TableNotFound
from featurestore.files import exists
from featurestore.instants import Instant
from featurestore.steps.saved_manifests import SavedManifests
from featurestore.training.model_versions import load_card, load_evaluation
from pipelines.jobs import step_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.step_requests import Request

    Report = dict[str, Any]


def still_there(request: Request, report: Report, profile: Profile) -> bool:
    """Whether all that the report speaks of can be had; a table's commit that was cleaned cannot."""
    try:
        return _CHECKS[step_of(request)](report, profile)
    except (ArtifactNotFound, TableNotFound, BeforeFirstCommit):
        return False


def _judgement(_report: Report, _profile: Profile) -> bool:
    """It is its report, and nothing else was made."""
    return True


def _newest_commit(report: Report, profile: Profile) -> bool:
    timeline = _timeline(report, profile)
    # Without a commit of its own everything was in the table already, and as far as anybody can tell still is.
    return not report["instants"] or str(timeline.latest_visible()) == report["instants"][-1]


def _commit(report: Report, profile: Profile) -> bool:
    return _timeline(report, profile).has(Instant(report["instant"]))


def _timeline(report: Report, profile: Profile) -> TableTimeline:
    return TableTimeline.load(profile.table_uri(report["table"]), name=report["table"])


def _training_set(report: Report, profile: Profile) -> bool:
    found = SavedManifests(profile.storage.root_uri).existing_training_set(report["training_set"])
    return bool(found.digest == report["digest"])


def _split(report: Report, profile: Profile) -> bool:
    found = SavedManifests(profile.storage.root_uri).existing_split(report["training_set"])
    return (found.by, found.test_fraction) == (report["by"], report["test_fraction"])


def _model(report: Report, profile: Profile) -> bool:
    load_card(root_uri=profile.storage.root_uri, name=report["model"], version=str(report["version"]))
    return True


def _evaluation(report: Report, profile: Profile) -> bool:
    kept = load_evaluation(
        root_uri=profile.storage.root_uri,
        name=report["model"],
        version=str(report["version"]),
        training_set=report["training_set"],
    )
    # Measured beside another champion it is another judgement.
    return kept == report


def _page(report: Report, _profile: Profile) -> bool:
    return exists(report["location"])


_CHECKS: dict[str, Callable[[Report, Profile], bool]] = {
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
