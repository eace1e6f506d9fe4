"""Commands on definitions: plan, apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from featurestore.cli.options import PlanName, verb

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.step_reports import ApplyReport, PlanReport

definitions = typer.Typer()


@verb(definitions, "plan")
def plan(call: Call) -> PlanReport:
    """Show what applying the project's definitions would change."""
    return call.store.plan()


@verb(definitions, "apply")
def apply(call: Call, plan: PlanName = None) -> ApplyReport:
    """Put the project's definitions in force, unless they would break what exists."""
    return call.store.apply(plan)
