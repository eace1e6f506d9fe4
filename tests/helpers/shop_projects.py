"""The shop with another definition of its small view."""

from __future__ import annotations

from typing import Any

import msgspec

from featurestore.definitions import Project
from featurestore.steps.workspace import Workspace
from tests.helpers.shop import SMALL, VISITS

_REPLACE: Any = msgspec.structs.replace


def with_small(workspace: Workspace, *, source: Any = VISITS, **changes: Any) -> Workspace:
    """The same lake, with a project of this source and the small view alone, changed."""
    view = _REPLACE(SMALL, **changes)
    project = Project(name="shop", sources=(source,), views=(view,))
    return Workspace(spark=workspace.spark, profile=workspace.profile, project=project)
