"""Errors of object stores."""

from __future__ import annotations

from typing import ClassVar

from featurestore.errors.base import Retryable, StepFailed


class EmulatorFailed(StepFailed, Retryable):
    """An object store on this machine did not start."""

    cause: ClassVar[str] = (
        "The server of `featurestore dev emulators up` could not start: something else listens on its port, its "
        "data was damaged, or it does not run on this machine."
    )
    next_move: ClassVar[str] = (
        "Read its log, whose path the message names; free the port, or give `storage.endpoint` another one."
    )

    def __init__(self, profile: str, *, finding: str, log: str) -> None:
        self.profile, self.finding, self.log = profile, finding, log
        super().__init__(f"The emulator of profile {profile}: {finding}. Its log is {log}. {self.next_move}")
