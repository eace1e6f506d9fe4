"""The steps that need no Spark, done where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.steps.pin_input import pin_input
from featurestore.steps.pin_tables import pin_tables
from featurestore.steps.register_model import register_model
from pipelines.jobs import LIGHT_STEPS, step_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_reports import RegisterModelReport, Report
    from featurestore.step_requests import RegisterModelRequest, Request


def is_light(request: Request) -> bool:
    """Whether the step needs no Spark."""
    return step_of(request) in LIGHT_STEPS


def done_here(request: Request, profile: Profile, project: Project) -> dict[str, Any]:
    """The report of the step as plain data; raises what the step raises."""
    return _STEPS[step_of(request)](profile, project, request).to_json()


def _register(profile: Profile, _project: Project, request: RegisterModelRequest) -> RegisterModelReport:
    return register_model(profile, request)


_STEPS: dict[str, Callable[[Profile, Project, Any], Report]] = {
    "pin_input": pin_input,
    "pin_tables": pin_tables,
    "register_model": _register,
}
