"""What a task was made from and what it made, for whoever looks at a run later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore import __version__
from featurestore.definitions import definition_hash
from featurestore.embedded.timeline import TableTimeline
from featurestore.instants import tables_text
from pipelines.jobs import step_of
from pipelines.spark_application import IMAGE

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_requests import Request

_DEFINED = ("source", "view", "service")


def lineage_of(
    request: Request, report: dict[str, Any], *, profile: Profile, project: Project, run: str
) -> dict[str, str]:
    """Step and run, instants in and out (`table@instant,...`), image, code version, hash of the definition.

    A value is empty where the step has none of it, such as an image on this machine.
    """
    here = profile.kubernetes.namespace is None
    return {
        "run": run,
        "step": step_of(request),
        "instants_in": tables_text(instants_in(request, report, project=project)),
        "instants_out": tables_text(instants_out(request, report, profile=profile)),
        "image": "" if here else profile.image.name or IMAGE,
        "code_version": __version__,
        "definition_hash": _definition_hash(request, report, project),
    }


def instants_in(request: Request, report: dict[str, Any], *, project: Project) -> dict[str, str]:
    """Table -> instant that the step read."""
    if step_of(request) == "compute_features":
        return {f"events/{project.view(report['view']).source}": report["source_instant"]}
    stated = report.get("instants")
    return dict(stated) if isinstance(stated, dict) else {}


def instants_out(request: Request, report: dict[str, Any], *, profile: Profile) -> dict[str, str]:
    """Table -> instant that the step wrote, or found written already."""
    table = str(report.get("table", ""))
    if step_of(request) in {"ingest_batch", "ingest_stream"}:
        return {table: report["instants"][-1] if report["instants"] else latest(table, profile)}
    if step_of(request) in {"compute_features", "score"}:
        return {table: report["instant"]}
    return {}


def latest(table: str, profile: Profile) -> str:
    """The instant that shows a table as it is now; raises `TableNotFound`, `BeforeFirstCommit`."""
    return str(TableTimeline.load(profile.table_uri(table), name=table).latest_visible())


def _definition_hash(request: Request, report: dict[str, Any], project: Project) -> str:
    """Of what the request names, or else what its report says."""
    kind = next((kind for kind in _DEFINED if getattr(request, kind, None) is not None), None)
    if kind is None:
        return str(report.get("service_hash", ""))
    return definition_hash(getattr(project, kind)(getattr(request, kind)))
