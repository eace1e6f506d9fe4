"""Step `pin_tables`: fix which commits of a service's views a run reads; needs no Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.embedded.timeline import TableTimeline
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from featurestore.step_reports import PinTablesReport

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_requests import PinTablesRequest


def pin_tables(profile: Profile, project: Project, request: PinTablesRequest) -> PinTablesReport:
    """The commits that a reader saw at the request's time, or sees now, by table.

    Whether they belong together, and whether they are still kept, is seen by who reads them. Raises
    `UnknownDefinition`, `TableNotFound`, `BeforeFirstCommit`, `InTheFuture`, `OverlappingCommits`.
    """
    service = project.service(request.service)
    reach_lake(profile)
    tell(f"looking at the views of {service.name}")
    tables = [view.table for view in service.views]
    if all(view.source != service.spine.source for view in service.views):
        # Events that no view was made from are at no instant that a view states.
        tables.append(f"events/{service.spine.source}")
    instants = {
        table: str(TableTimeline.load(profile.table_uri(table), name=table).visible_at(request.as_of))
        for table in tables
    }
    return PinTablesReport(
        step="pin_tables", service=service.name, as_of=request.as_of, instants=dict(sorted(instants.items()))
    )
