"""Errors of time travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.errors.base import UsageError

if TYPE_CHECKING:
    from datetime import datetime


class InstantError(UsageError):
    """The time asked for cannot be read from this table."""


class BeforeFirstCommit(InstantError):
    """The table had no completed commit at the time asked for.

    `earliest` and `latest` are absent while it has none at all.
    """

    def __init__(
        self, table: str, asked: datetime, *, earliest: datetime | None, latest: datetime | None
    ) -> None:
        self.table, self.asked, self.earliest, self.latest = table, asked, earliest, latest
        if earliest is None or latest is None:
            move = "It has none to this day. Run the step that writes it first."
        else:
            move = f"Ask for a time from {earliest.isoformat()} on (latest commit {latest.isoformat()})."
        super().__init__(f"Table {table!r} had no commit at {asked.isoformat()}. {move}")


class PastHorizon(InstantError):
    """The table no longer keeps what it held at the time asked for."""

    def __init__(self, table: str, asked: datetime, *, earliest: datetime, latest: datetime) -> None:
        self.table, self.asked, self.earliest, self.latest = table, asked, earliest, latest
        super().__init__(
            f"Table {table!r} no longer keeps {asked.isoformat()}: its horizon has passed. "
            f"Ask for a time from {earliest.isoformat()} on (latest commit {latest.isoformat()})."
        )


class InTheFuture(InstantError):
    """The time asked for has not come yet."""

    def __init__(self, table: str, asked: datetime, *, now: datetime) -> None:
        self.table, self.asked, self.now = table, asked, now
        super().__init__(
            f"Table {table!r}: {asked.isoformat()} lies in the future (now {now.isoformat()}). "
            "Ask for now or earlier."
        )


class OverlappingCommits(InstantError):
    """Writers overlapped, so what was visible at that time is no single instant."""

    def __init__(self, table: str, asked: datetime, *, visible: str, not_yet: str) -> None:
        self.table, self.asked, self.visible, self.not_yet = table, asked, visible, not_yet
        super().__init__(
            f"Table {table!r} at {asked.isoformat()}: commit {visible} was complete while the earlier "
            f"{not_yet} was not, so no instant shows what a reader saw. "
            "Ask for a time before or after both."
        )
