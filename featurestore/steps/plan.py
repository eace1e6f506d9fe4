"""Step `plan`: what applying the project's definitions would change, and whom it would touch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from featurestore.definitions import definition_hash
from featurestore.progress import tell
from featurestore.registry.changes import changes_between
from featurestore.registry.generations import Registry
from featurestore.step_reports import PlannedChange, PlanReport
from featurestore.training.model_versions import list_models, load_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featurestore.registry.changes import Change
    from featurestore.step_requests import PlanRequest
    from featurestore.steps.workspace import Workspace


def plan(workspace: Workspace, request: PlanRequest) -> PlanReport:  # noqa: ARG001 - it asks for nothing more
    """Every definition that differs from the generation in force; nothing is written.

    `plan` names the plan: it is the same as long as neither the project nor the generation in force changes.
    """
    tell("comparing the definitions")
    newest = Registry(workspace.root_uri).newest()
    number = newest.number if newest else 0
    changes = changes_between(newest.project if newest else None, workspace.project)
    models = _services_of_models(workspace.root_uri)
    return PlanReport(
        step="plan",
        project=workspace.project.name,
        plan=plan_id(number, definition_hash(workspace.project)),
        generation=number,
        changes=tuple(_planned(workspace, change, models) for change in changes),
    )


def plan_id(generation: int, project_hash: str) -> str:
    """Names the step from a generation to a project: 16 hex digits."""
    return hashlib.sha256(f"{generation}:{project_hash}".encode()).hexdigest()[:16]


def _planned(workspace: Workspace, change: Change, models: Mapping[str, str]) -> PlannedChange:
    return PlannedChange(
        kind=change.kind,
        name=change.name,
        action=change.action,
        detail=change.detail,
        breaking=change.breaking,
        tables=change.tables,
        services=change.services,
        models=tuple(model for model, service in models.items() if service in change.services),
        rows_to_recompute=_rows(workspace, change),
    )


def _rows(workspace: Workspace, change: Change) -> int:
    if not change.recompute:
        return 0
    view = workspace.project.view(change.name)
    name = view.table if change.recompute == "columns" else f"events/{view.source}"
    table = workspace.lake.table(name)
    newest = table.timeline().latest() if table.exists() else None
    return table.read_at(newest).where("not is_deleted").count() if newest else 0


def _services_of_models(root_uri: str) -> dict[str, str]:
    """The service of each model's newest version, by `<name>/<version>`."""
    found = {}
    for name, versions in list_models(root_uri=root_uri).items():
        found[f"{name}/{versions[-1]}"] = load_card(root_uri=root_uri, name=name).service
    return found
