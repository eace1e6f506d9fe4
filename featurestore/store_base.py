"""What all verbs of a `FeatureStore` share: its profile, its project, and a place to work in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_requests import Request
    from featurestore.steps.workspace import Workspace


class StoreBase:
    """Says where the verbs work; Spark starts with the first of them, after its arguments were checked."""

    profile: Profile
    project: Project

    def _workspace(self, request: Request, *, profile: Profile | None = None) -> Workspace:
        from featurestore.steps.prepare import prepare

        return prepare(profile or self.profile, request, self.project)

    def _workspace_after(self, check: Callable[[Workspace], object]) -> Workspace:
        """For calls whose arguments make no request, such as a frame."""
        from featurestore.steps.prepare import prepare_with

        return prepare_with(check, self.profile, self.project)
