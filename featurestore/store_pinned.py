"""The verbs of a `FeatureStore` before a run of several steps: fix what it reads, and judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.step_requests import PinInputRequest, PinTablesRequest, ValidateRequest
from featurestore.store_arguments import time_of
from featurestore.store_base import StoreBase

if TYPE_CHECKING:
    from datetime import datetime

    from featurestore.step_reports import PinInputReport, PinTablesReport, ValidateReport


class PinningVerbs(StoreBase):
    """Inputs and tables fixed, and held against their contract."""

    def pin_input(
        self, source: str, *, batch: bool = False, path: str | None = None, pinned: str | None = None
    ) -> PinInputReport:
        """Fixes what a run of several steps reads of a source, however much comes in meanwhile; needs no Spark.

        That is new offset ranges of its topic; or, for a source without one, with `batch` or with `path`, its files
        with their digests. Where nothing is new the last ranges are given again. What is `pinned` already is
        checked and handed on. Raises `SourceNotFound`, `KafkaUnreachable`, `KafkaGap`, `InvalidRequest`.

        >>> pinned = store.pin_input("clickstream", path="events/*.parquet")
        >>> pinned.files, pinned.pinned[:6]
        (2, 'files@')
        """
        from featurestore.dev.bootstrap import with_dev_broker
        from featurestore.steps.pin_input import pin_input

        request = PinInputRequest(source=source, batch=batch, path=path, pinned=pinned)
        return pin_input(with_dev_broker(self.profile), self.project, request)

    def pin_tables(self, service: str, *, as_of: datetime | str | None = None) -> PinTablesReport:
        """Fixes which commits of a service's views a run of several steps reads; needs no Spark.

        Those that a reader saw at `as_of`, else those of now. Raises `UnknownDefinition`, `TableNotFound`,
        `InstantError`.

        >>> list(store.pin_tables("purchase_propensity").instants)
        ['features/event_type_activity/v1', 'features/user_activity/v1']
        """
        from featurestore.steps.pin_tables import pin_tables

        request = PinTablesRequest(service=service, as_of=time_of(as_of))
        return pin_tables(self.profile, self.project, request)

    def validate(
        self,
        source: str,
        path: str | None = None,
        *,
        pinned: str | None = None,
        max_rejected_fraction: float = 1.0,
    ) -> ValidateReport:
        """Holds files, or what is `pinned`, against a source's contract, and writes nothing.

        Raises `ContractViolation`, `TooManyRejected` where more than that fraction of the rows is rejected, and what
        reading raises.

        >>> store.validate("clickstream", pinned=pinned.pinned, max_rejected_fraction=0.01).accepted
        4000
        """
        from featurestore.dev.bootstrap import with_dev_broker
        from featurestore.steps.validate import validate

        request = ValidateRequest(
            source=source, path=path, pinned=pinned, max_rejected_fraction=max_rejected_fraction
        )
        return validate(self._workspace(request, profile=with_dev_broker(self.profile)), request)
