"""Step `apply`: put the project's definitions in force, as planned or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore import __version__
from featurestore.definitions import definition_hash
from featurestore.errors import BreakingChange, RegistryMoved
from featurestore.progress import tell
from featurestore.registry.changes import changes_between
from featurestore.registry.generations import Registry
from featurestore.step_reports import ApplyReport
from featurestore.step_requests import PlanRequest
from featurestore.steps.plan import plan, plan_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featurestore.registry.changes import Change
    from featurestore.step_reports import PlannedChange
    from featurestore.step_requests import ApplyRequest
    from featurestore.steps.workspace import Workspace


def check_apply(workspace: Workspace, request: ApplyRequest) -> None:
    """Raises what `apply` would, without looking at a table: `RegistryMoved`, `BreakingChange`."""
    newest = Registry(workspace.root_uri).newest()
    now = plan_id(newest.number if newest else 0, definition_hash(workspace.project))
    changes = changes_between(newest.project if newest else None, workspace.project)
    _refuse(workspace, request, plan=now, changes=changes)


def apply(workspace: Workspace, request: ApplyRequest) -> ApplyReport:
    """Writes the next generation of definitions; where nothing differs the one in force stays.

    Tables are not touched: the steps that write them do so when they next run, and `plan` says how much that is.
    Raises `BreakingChange` where a change needs a version, and `RegistryMoved` where the plan asked for is not
    the one that would be carried out, or another writer applied at the same time. Nothing is written then.
    """
    planned = plan(workspace, PlanRequest())
    _refuse(workspace, request, plan=planned.plan, changes=planned.changes)
    generation = planned.generation
    if planned.changes:
        tell(f"applying {len(planned.changes)} changes")
        registry = Registry(workspace.root_uri)
        generation = registry.add(workspace.project, after=generation, code_version=__version__).number
    return ApplyReport(
        step="apply",
        project=workspace.project.name,
        plan=planned.plan,
        generation=generation,
        changes=planned.changes,
    )


def _refuse(
    workspace: Workspace, request: ApplyRequest, *, plan: str, changes: Sequence[Change | PlannedChange]
) -> None:
    """Raises where another plan was asked for, or a change would break what exists."""
    if request.plan is not None and request.plan != plan:
        raise RegistryMoved("definitions", planned=f"plan {request.plan}", found=f"plan {plan}")
    breaking = {f"{one.kind} {one.name}": one.breaking for one in changes if one.breaking}
    if breaking:
        raise BreakingChange(workspace.project.name, changes=breaking)
