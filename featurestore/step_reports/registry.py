"""Reports of what definitions would change and have changed."""

from __future__ import annotations

import msgspec

from featurestore.step_reports.base import Report


class PlannedChange(msgspec.Struct, frozen=True, kw_only=True):
    """One definition that differs from the generation in force, and what it touches.

    `breaking` says what must be done before it can be applied, and is empty where nothing must.
    `rows_to_recompute` counts the events that a view is computed from anew, or the stored rows that get columns.
    """

    kind: str
    name: str
    action: str
    detail: str
    breaking: str
    tables: tuple[str, ...]
    services: tuple[str, ...]
    models: tuple[str, ...]
    rows_to_recompute: int


class PlanReport(Report, frozen=True, kw_only=True):
    """What applying would change; `generation` is the one in force, 0 before the first."""

    project: str
    plan: str
    generation: int
    changes: tuple[PlannedChange, ...]


class ApplyReport(Report, frozen=True, kw_only=True):
    """What was put in force; `generation` stays where nothing differed."""

    project: str
    plan: str
    generation: int
    changes: tuple[PlannedChange, ...]
