"""Errors of time travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from featurestore.errors.base import UsageError

if TYPE_CHECKING:
    from datetime import datetime


class InstantError(UsageError):
    """The time asked for cannot be read from this table."""


class BeforeFirstCommit(InstantError):
    """The table had no completed commit at the time asked for.

    `earliest` and `latest` are absent while it has none at all.
    """

    cause: ClassVar[str] = (
        "`--as-of` names a time before the table's first commit was complete, or the table was created and "
        "never filled."
    )
    next_move: ClassVar[str] = (
        "Ask for a time after the first commit, or run the step that writes the table first."
    )

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

    cause: ClassVar[str] = (
        "`--as-of` names a time whose files cleaning has removed, or features were computed from events of "
        "such a time. The setting `storage.time_travel_horizon_days` says how long files are kept at least."
    )
    next_move: ClassVar[str] = (
        "Ask for a time from the earliest that the message names on, or run `featurestore features compute` "
        "where features were computed from older events."
    )

    def __init__(self, table: str, asked: datetime, *, earliest: datetime, latest: datetime) -> None:
        self.table, self.asked, self.earliest, self.latest = table, asked, earliest, latest
        super().__init__(
            f"Table {table!r} no longer keeps {asked.isoformat()}: its horizon has passed. "
            f"Ask for a time from {earliest.isoformat()} on (latest commit {latest.isoformat()}), or run "
            "`featurestore features compute` where features were computed from older events."
        )


class InTheFuture(InstantError):
    """The time asked for has not come yet."""

    cause: ClassVar[str] = (
        "`--as-of` names a time that this machine's clock has not reached, perhaps because of a wrong zone."
    )
    next_move: ClassVar[str] = "Ask for now or earlier."

    def __init__(self, table: str, asked: datetime, *, now: datetime) -> None:
        self.table, self.asked, self.now = table, asked, now
        super().__init__(
            f"Table {table!r}: {asked.isoformat()} lies in the future (now {now.isoformat()}). "
            f"{self.next_move}"
        )


class OverlappingCommits(InstantError):
    """Writers overlapped, so what was visible at that time is no single instant."""

    cause: ClassVar[str] = (
        "Two writers worked on one table at once, and the one that began first ended last. The time asked "
        "for lies between the two ends."
    )
    next_move: ClassVar[str] = "Ask for a time before or after both."

    def __init__(self, table: str, asked: datetime, *, visible: str, not_yet: str) -> None:
        self.table, self.asked, self.visible, self.not_yet = table, asked, visible, not_yet
        super().__init__(
            f"Table {table!r} at {asked.isoformat()}: commit {visible} was complete while the earlier "
            f"{not_yet} was not, so no instant shows what a reader saw. "
            f"{self.next_move}"
        )


class UnknownInstant(InstantError):
    """The table has no completed commit of this name."""

    cause: ClassVar[str] = (
        "A table of events was deleted and filled again after features had been computed from it, or a call "
        "in Python names a commit that there is not."
    )
    next_move: ClassVar[str] = (
        "Run `featurestore features compute` for the views of a table that was filled again, or ask for a "
        "commit that `featurestore history` lists."
    )

    def __init__(self, table: str, asked: str, *, earliest: str | None, latest: str | None) -> None:
        self.table, self.asked, self.earliest, self.latest = table, asked, earliest, latest
        span = f"run from {earliest} to {latest}" if earliest else "are none"
        super().__init__(
            f"Table {table!r} has no completed commit {asked}. Its commits {span}. {self.next_move}"
        )
